"""Outside headers that much of the tree includes, parsed once for each configuration.

A file of ours spends half of its compile time, and more, on the headers of Abseil, GoogleTest and the standard library.
This rule makes a header that includes them, and next to it what the compiler knows after reading it: NAME.h and
NAME.h.gch. With `-include .../NAME.h` Clang loads the second, and including those headers again costs nothing.

For Clang only. GCC's file is five times as large, is never the same twice, so that a cache that loses it loses all that
was compiled with it, and with it GCC no longer knows which headers are the system's, whose warnings are nobody's.

What keeps it correct:

* Both files, and the headers that went into them, are declared headers of the target: every sandbox has them, and a
  changed header compiles again what depends on it. A disk cache may share them.
* What Bazel does not see, the compiler and the system's headers, is in `machine`: checksums that change with them.
  Without these, an upgraded package would leave a cached file that Clang refuses.
* The file is the same, bit for bit, wherever and whenever it is made.

The flags have to be those of the sources that it is used for, apart from warnings.
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

# Clang checks each header that it has read against the file, by its absolute path, and the path of an action's folder
# is different each time. So: all is relative to a "system root", and that is the working folder. No times: they differ
# between checkouts; a size that has changed is still an error. Templates that the headers themselves use are made once.
_MAKES = [
    "-fpch-instantiate-templates",
    "-Xclang",
    "-fno-pch-timestamp",
    "-Xclang",
    "-relocatable-pch",
    "-Xclang",
    "-isysroot",
    "-Xclang",
    "/proc/self/cwd",
]
_USES = ["-Xclang", "-isysroot", "-Xclang", "."]

def precompiled_header_copts(path):
    """How a source is compiled with it. `path`: of its header, from the top of the output (`package/name.h`)."""
    return ["-include", "$(BINDIR)/" + path] + _USES

def _precompiled_header_impl(ctx):
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    outside = cc_common.merge_cc_infos(cc_infos = [dep[CcInfo] for dep in ctx.attr.deps]).compilation_context

    header = ctx.actions.declare_file(ctx.label.name + ".h")
    precompiled = ctx.actions.declare_file(header.basename + ".gch")
    ctx.actions.write(header, "".join(["#include %s\n" % name for name in ctx.attr.headers]))

    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        source_file = header.path,
        output_file = precompiled.path,
        # In Bazel's order; what comes later wins.
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + ctx.attr.copts +
                             _MAKES + ["-x", "c++-header"],
        include_directories = outside.includes,
        quote_include_directories = outside.quote_includes,
        system_include_directories = outside.system_includes,
        preprocessor_defines = outside.defines,
        use_pic = toolchain.needs_pic_for_dynamic_libraries(feature_configuration = features),
    )
    environment = dict(cc_common.get_environment_variables(
        feature_configuration = features,
        action_name = ACTION_NAMES.cpp_compile,
        variables = variables,
    ))

    # By this name the compiler knows the working folder, whatever its path is: it ends up in the output.
    environment["PWD"] = "/proc/self/cwd"
    ctx.actions.run(
        executable = cc_common.get_tool_for_action(
            feature_configuration = features,
            action_name = ACTION_NAMES.cpp_compile,
        ),
        arguments = cc_common.get_memory_inefficient_command_line(
            feature_configuration = features,
            action_name = ACTION_NAMES.cpp_compile,
            variables = variables,
        ),
        env = environment,
        inputs = depset(
            [header] + ctx.files.machine,
            transitive = [outside.headers, toolchain.all_files],
        ),
        mnemonic = "PrecompiledHeader",
        outputs = [precompiled],
        progress_message = "Precompiling " + header.short_path,
    )

    own = cc_common.create_compilation_context(headers = depset([header, precompiled]))
    return [
        DefaultInfo(files = depset([header, precompiled])),
        # To compile with; nothing to link.
        cc_common.merge_cc_infos(cc_infos = [
            CcInfo(compilation_context = own),
            CcInfo(compilation_context = outside),
        ]),
    ]

precompiled_header = rule(
    implementation = _precompiled_header_impl,
    attrs = {
        "copts": attr.string_list(doc = "those of the sources that it is for"),
        "deps": attr.label_list(doc = "the libraries of `headers`: outside code only", providers = [CcInfo]),
        "headers": attr.string_list(mandatory = True, doc = "as they are included: \"a/b.h\" or <c>, quotes and all"),
        "machine": attr.label_list(allow_files = True, doc = "change when the compiler or its headers do"),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    incompatible_use_toolchain_transition = True,
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
