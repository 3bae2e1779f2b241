"""Every outside repository. All of them are local: the build never uses the network."""

load("//bazel:cache_repository.bzl", "cache_repository")
load("//bazel:debian_repository.bzl", "debian_repository", "text_repository")

_CC_RULES = [
    "cc_binary",
    "cc_import",
    "cc_library",
    "cc_proto_library",
    "cc_test",
    "cc_toolchain",
    "cc_toolchain_suite",
    "fdo_prefetch_hints",
    "fdo_profile",
    "objc_import",
    "objc_library",
]

def _bazel_itself():
    """What Bazel 4.2.3 asks for before it builds any C++."""

    # Debian's bazel-rules-cc is too new for this Bazel, whose C++ rules are native anyway.
    text_repository(
        name = "rules_cc",
        files = {
            "BUILD.bazel": "",
            "cc/BUILD.bazel": "package(default_visibility = [\"//visibility:public\"])\n",
            "cc/defs.bzl": "".join(["%s = native.%s\n" % (rule, rule) for rule in _CC_RULES]),
        },
    )
    text_repository(
        name = "remote_coverage_tools",
        files = {
            "BUILD.bazel": "".join([
                "filegroup(name = \"%s\", visibility = [\"//visibility:public\"])\n" % name
                for name in ["coverage_report_generator", "lcov_merger"]
            ]),
        },
    )
    native.local_repository(name = "bazel_skylib", path = "/usr/share/bazel/tools/skylib")
    native.local_repository(name = "platforms", path = "/usr/share/bazel/tools/platforms")
    native.local_repository(name = "rules_java", path = "/usr/share/bazel/rules/java")
    native.local_repository(name = "rules_proto", path = "/usr/share/bazel/rules/proto")

def _libraries_from_source():
    """Compiled by us, so that every configuration (sanitizers, Windows) has them."""
    cache_repository(
        name = "com_google_absl",
        folder = "abseil-20220623.1",
        marker = "absl/BUILD.bazel",
    )
    debian_repository(
        name = "com_google_googletest",
        package = "googletest",
        build_file = "//bazel/third_party:googletest.BUILD",
        links = {
            "googlemock": "/usr/src/googletest/googlemock",
            "googletest": "/usr/src/googletest/googletest",
        },
    )

    # Headers only.
    debian_repository(
        name = "fmt",
        package = "libfmt-dev",
        build_file = "//bazel/third_party:fmt.BUILD",
        links = {"include/fmt": "/usr/include/fmt"},
    )
    debian_repository(
        name = "nlohmann_json",
        package = "nlohmann-json3-dev",
        build_file = "//bazel/third_party:nlohmann_json.BUILD",
        links = {"include/nlohmann": "/usr/include/nlohmann"},
    )
    debian_repository(
        name = "xxhash",
        package = "libxxhash-dev",
        build_file = "//bazel/third_party:xxhash.BUILD",
        links = {"include/xxhash.h": "/usr/include/xxhash.h"},
    )

def _libraries_of_the_machine():
    """Binary libraries: Linux only, and not instrumented by the sanitizers."""
    debian_repository(
        name = "benchmark",
        package = "libbenchmark-dev",
        build_file = "//bazel/third_party:benchmark.BUILD",
        links = {"include/benchmark": "/usr/include/benchmark"},
    )
    debian_repository(
        name = "libaio",
        package = "libaio-dev",
        build_file = "//bazel/third_party:libaio.BUILD",
        links = {
            "include/libaio.h": "/usr/include/libaio.h",
            "lib/libaio.a": "/usr/lib/{multiarch}/libaio.a",
        },
    )
    debian_repository(
        name = "liburing",
        package = "liburing-dev",
        build_file = "//bazel/third_party:liburing.BUILD",
        links = {
            "include/liburing": "/usr/include/liburing",
            "include/liburing.h": "/usr/include/liburing.h",
            "lib/liburing.a": "/usr/lib/{multiarch}/liburing.a",
        },
    )
    debian_repository(
        name = "rapidcheck",
        package = "librapidcheck-dev",
        build_file = "//bazel/third_party:rapidcheck.BUILD",
        links = {
            "include/rapidcheck": "/usr/include/rapidcheck",
            "include/rapidcheck.h": "/usr/include/rapidcheck.h",
            "lib/librapidcheck.a": "/usr/lib/{multiarch}/librapidcheck.a",
        },
    )

def _checksums(name, package, packages):
    debian_repository(
        name = name,
        package = package,
        build_file = "//bazel/third_party:checksums.BUILD",
        links = {
            each.replace("+", "x").replace(":{architecture}", "") + ".md5sums": "/var/lib/dpkg/info/%s.md5sums" % each
            for each in packages
        },
    )

def _compilers():
    """Checksums of a compiler and the headers it brings, for what must be made anew when these change."""
    _checksums(
        name = "clang_packages",
        package = "clang-19",
        packages = [
            "clang-19",
            "libc6-dev:{architecture}",
            "libclang-common-19-dev:{architecture}",
            "libclang-cpp19",
            "libstdc++-12-dev:{architecture}",
            "linux-libc-dev:{architecture}",
        ],
    )

def wharf_repositories():
    _bazel_itself()
    _compilers()
    _libraries_from_source()
    _libraries_of_the_machine()
