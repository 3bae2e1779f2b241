"""The C++ toolchain of Debian's g++-mingw-w64-x86-64-posix."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load(
    "@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl",
    "artifact_name_pattern",
    "feature",
    "flag_group",
    "flag_set",
    "tool_path",
    "with_feature_set",
)

_COMPILE_ACTIONS = [
    ACTION_NAMES.assemble,
    ACTION_NAMES.c_compile,
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.cpp_header_parsing,
    ACTION_NAMES.preprocess_assemble,
]

_LINK_ACTIONS = [
    ACTION_NAMES.cpp_link_dynamic_library,
    ACTION_NAMES.cpp_link_executable,
    ACTION_NAMES.cpp_link_nodeps_dynamic_library,
]

_PREFIX = "/usr/bin/x86_64-w64-mingw32-"

def _flags(actions, flags, with_features = []):
    return flag_set(
        actions = actions,
        flag_groups = [flag_group(flags = flags)],
        with_features = with_features,
    )

def _mingw_toolchain_config_impl(ctx):
    tools = {
        "ar": "ar",
        "cpp": "cpp-posix",
        "dwp": "dwp",
        "gcc": "g++-posix",
        "gcov": "gcov-posix",
        "ld": "ld",
        "nm": "nm",
        "objcopy": "objcopy",
        "objdump": "objdump",
        "strip": "strip",
    }
    compile_flags = feature(
        name = "default_compile_flags",
        enabled = True,
        flag_sets = [
            _flags(_COMPILE_ACTIONS, [
                "-D_WIN32_WINNT=0x0A00",
                "-DNOMINMAX",
                "-DWIN32_LEAN_AND_MEAN",
                "-fno-canonical-system-headers",
                # Objects of template-heavy tests have more sections than the plain format can hold.
                "-Wa,-mbig-obj",
            ]),
            _flags(
                _COMPILE_ACTIONS,
                ["-O2", "-DNDEBUG"],
                [with_feature_set(features = ["opt"])],
            ),
        ],
    )
    link_flags = feature(
        name = "default_link_flags",
        enabled = True,
        flag_sets = [_flags(_LINK_ACTIONS, [
            "-static",
            "-Bbazel/mingw/lld/",
            # A plugin of the other linker's.
            "-fno-use-linker-plugin",
        ])],
    )

    # After the objects that need them.
    libraries = [
        flag_group(flags = [
            "-lstdc++",
            "-lws2_32",
            "-lmswsock",
            "-ldbghelp",
            "-lbcrypt",
            "-ladvapi32",
        ]),
    ]
    link_libraries = feature(
        name = "default_link_libraries",
        enabled = True,
        flag_sets = [flag_set(actions = _LINK_ACTIONS, flag_groups = libraries)],
    )
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        toolchain_identifier = "mingw-x86_64",
        host_system_name = "x86_64-linux-gnu",
        target_system_name = "x86_64-w64-mingw32",
        target_cpu = "x64_windows",
        target_libc = "mingw",
        compiler = "mingw",
        abi_version = "gcc",
        abi_libc_version = "mingw",
        artifact_name_patterns = [
            artifact_name_pattern(
                category_name = "executable",
                prefix = "",
                extension = ".exe",
            ),
        ],
        cxx_builtin_include_directories = [
            "/usr/lib/gcc/x86_64-w64-mingw32",
            "/usr/share/mingw-w64/include",
            "/usr/x86_64-w64-mingw32/include",
        ],
        features = [
            feature(name = "opt"),
            feature(name = "dbg"),
            feature(name = "fastbuild"),
            compile_flags,
            link_flags,
            link_libraries,
        ],
        tool_paths = [
            tool_path(name = name, path = _PREFIX + path)
            for name, path in tools.items()
        ],
    )

mingw_toolchain_config = rule(
    implementation = _mingw_toolchain_config_impl,
    provides = [CcToolchainConfigInfo],
)
