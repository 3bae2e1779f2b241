"""The rules that Wharf's own code is built with.

One header = one target = one test: `foo.h` is `wharf_cc_library(name = "foo")`, and `foo_test.cc` is
`wharf_cc_test(name = "foo_test")`. Outside code does not get these flags; ours always does.
"""

load("//bazel:precompiled_header.bzl", "precompiled_header", "precompiled_header_copts")

# Stricter than the toolchain's defaults, and errors.
WHARF_WARNINGS = [
    "-Wall",
    "-Wextra",
    "-Wnon-virtual-dtor",
    "-Woverloaded-virtual",
    "-Werror",
]

# Wharf throws nothing and runs where exceptions are off. Tests keep them on: rapidcheck reports with one.
WHARF_COPTS = WHARF_WARNINGS + ["-fno-exceptions"]
WHARF_TEST_COPTS = WHARF_WARNINGS

# For `target_compatible_with`: a target that the other platform's configuration must skip.
LINUX_ONLY = ["@platforms//os:linux"]
WINDOWS_ONLY = ["@platforms//os:windows"]

_GOOGLETEST = "@com_google_googletest//:gtest_main"
_RAPIDCHECK = "@rapidcheck//:rapidcheck"

# Of a test's own source. Optimising it under a sanitizer costs minutes (80 s for one conformance suite with -O1 and
# ASan, 9 s without) and gains seconds: what runs long is in the libraries.
_TEST_OPTIMISATION = select({
    "//bazel:sanitizer": ["-O0"],
    "//conditions:default": [],
})

def _with_clang(values):
    return select({
        "//bazel:fuzz": values,
        "//bazel:sanitizer": values,
        "//conditions:default": [],
    })

def _headers_in_advance(name, copts):
    """The copts and deps that compile a target with //bazel:<name>: outside headers, read in advance.

    The configurations with GCC do without: there, every file has to include what it uses. So do targets with `copts` of
    their own, which might not fit.
    """
    if copts:
        return [], []
    return (
        _with_clang(precompiled_header_copts("bazel/%s.h" % name)),
        _with_clang(["//bazel:" + name]),
    )

def wharf_headers_in_advance(headers, deps, test_headers, test_deps):
    """The targets of `_headers_in_advance`: one for each set of flags, those of the macros below."""
    for name, copts, more_headers, more_deps in [
        ("library_headers", WHARF_COPTS, [], []),
        ("testonly_library_headers", WHARF_TEST_COPTS, [], []),
        ("test_headers", WHARF_TEST_COPTS + _TEST_OPTIMISATION, test_headers, test_deps),
    ]:
        precompiled_header(
            name = name,
            copts = copts,
            headers = headers + more_headers,
            machine = ["@clang_packages//:checksums"],
            # Where nothing uses it, nothing should make it.
            tags = ["manual"],
            deps = deps + more_deps,
        )

def _library(name, copts, own_copts, deps, headers, **kwargs):
    more_copts, more_deps = [], []
    if kwargs.get("srcs"):
        more_copts, more_deps = _headers_in_advance(headers, own_copts)
    native.cc_library(
        name = name,
        copts = copts + own_copts + more_copts,
        deps = deps + more_deps,
        # Nothing links a library as a shared one, which Bazel would make as well.
        linkstatic = True,
        **kwargs
    )

def wharf_cc_library(name, copts = [], deps = [], visibility = ["//visibility:public"], **kwargs):
    """A library: our warnings, no exceptions."""
    _library(
        name = name,
        copts = WHARF_COPTS,
        own_copts = copts,
        deps = deps,
        headers = "library_headers",
        visibility = visibility,
        **kwargs
    )

def wharf_cc_testonly_library(name, copts = [], deps = [], visibility = ["//visibility:public"], **kwargs):
    """A library for tests only: as a test, it may use exceptions (rapidcheck, GoogleTest)."""
    _library(
        name = name,
        testonly = True,
        copts = WHARF_TEST_COPTS,
        own_copts = copts,
        deps = deps,
        headers = "testonly_library_headers",
        visibility = visibility,
        **kwargs
    )

def wharf_cc_binary(name, copts = [], **kwargs):
    """A program: our warnings, no exceptions."""
    native.cc_binary(
        name = name,
        copts = WHARF_COPTS + copts,
        **kwargs
    )

def wharf_cc_testonly_binary(name, copts = [], **kwargs):
    """A program for tests and developers only, in one self-contained file."""
    native.cc_binary(
        name = name,
        testonly = True,
        copts = WHARF_TEST_COPTS + copts,
        linkstatic = True,
        **kwargs
    )

def wharf_cc_test(
        name,
        srcs = None,
        copts = [],
        deps = [],
        size = "small",
        target_compatible_with = None,
        **kwargs):
    """A GoogleTest program, with its main; `srcs` defaults to `<name>.cc`.

    A test that uses rapidcheck is for Linux only, because Debian has that library for Linux only.
    """
    if target_compatible_with == None:
        target_compatible_with = LINUX_ONLY if _RAPIDCHECK in deps else []
    more_copts, more_deps = _headers_in_advance("test_headers", copts)
    native.cc_test(
        name = name,
        srcs = srcs if srcs != None else [name + ".cc"],
        copts = WHARF_TEST_COPTS + _TEST_OPTIMISATION + copts + more_copts,
        # One self-contained file per test: it can be copied, and starts without a hundred small libraries.
        linkstatic = True,
        size = size,
        target_compatible_with = target_compatible_with,
        deps = deps + ([] if _GOOGLETEST in deps else [_GOOGLETEST]) + more_deps,
        **kwargs
    )

def wharf_cc_fuzz_test(
        name,
        srcs = None,
        corpus = None,
        copts = [],
        deps = [],
        data = [],
        size = "small",
        tags = [],
        **kwargs):
    """A libFuzzer target, and in every other configuration a test that replays its corpus.

    `srcs` (default `<name>.cc`) defines LLVMFuzzerTestOneInput. `corpus` is a list of input files (a glob).
    With --config=fuzz the program is a fuzzer; as a test, or without arguments, it runs the corpus once.
    """
    corpus = corpus or []
    native.cc_test(
        name = name,
        srcs = srcs if srcs != None else [name + ".cc"],
        args = ["$(location %s)" % file for file in corpus],
        copts = WHARF_TEST_COPTS + copts,
        data = data + corpus,
        linkopts = select({
            "//bazel:fuzz": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        linkstatic = True,
        size = size,
        tags = tags + ["fuzz"],
        deps = deps + select({
            "//bazel:fuzz": [],
            "//conditions:default": ["//bazel:fuzz_replay_main"],
        }),
        **kwargs
    )
