"""A fuzz target, and what belongs to it."""

load("//bazel:wharf.bzl", "wharf_cc_fuzz_test", "wharf_cc_testonly_binary", "wharf_cc_testonly_library")

def fuzz_target(name, srcs, deps, target_compatible_with = []):
    """The target <name>_fuzz with the corpus corpus/<name>, and three more.

    <name>_fuzz             the fuzzer; outside --config=fuzz a test that replays the corpus
    <name>_fuzz_describe    the program that says what an input shows (describe_main.cc)
    <name>_fuzz_names_test  fails unless each entry of the corpus shows what its name says
    """
    corpus = native.glob(["corpus/%s/*" % name])
    files = ["$(location %s)" % file for file in corpus]
    library = name + "_input"
    wharf_cc_testonly_library(
        name = library,
        srcs = srcs,
        deps = deps,
        target_compatible_with = target_compatible_with,
        # Nothing refers to it but libFuzzer's main, or ours.
        alwayslink = True,
        visibility = ["//visibility:private"],
    )
    wharf_cc_fuzz_test(
        name = name + "_fuzz",
        srcs = [],
        corpus = corpus,
        deps = [":" + library],
        target_compatible_with = target_compatible_with,
    )
    wharf_cc_testonly_binary(
        name = name + "_fuzz_describe",
        deps = [":" + library, ":describe_main"],
        # libFuzzer has a main of its own.
        tags = ["manual"],
        target_compatible_with = target_compatible_with,
    )
    native.sh_test(
        name = name + "_fuzz_names_test",
        size = "small",
        srcs = ["names_test.sh"],
        args = ["$(location :%s_fuzz_describe)" % name] + files,
        data = [":%s_fuzz_describe" % name] + corpus,
        # With ASan it is Clang's program, as the fuzzer is: an entry means the
        # same to both compilers.
        tags = ["no-tsan", "no-windows"],
        target_compatible_with = target_compatible_with,
    )
