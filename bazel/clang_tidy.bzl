"""clang-tidy as an aspect: one cached action for each source file (--config=lint).

A header is checked through the sources of its target, or by itself where there are none. Tests are not checked,
nor is what the configuration cannot compile.
"""

load("//bazel:wharf.bzl", "WHARF_WARNINGS")

_RULES = ["cc_binary", "cc_library"]

def _files(rule, attribute, extensions):
    found = []
    for target in getattr(rule.attr, attribute, []):
        found += [file for file in target.files.to_list() if file.extension in extensions and file.is_source]
    return found

def _include_flags(context):
    flags = []
    for folder in context.quote_includes.to_list():
        # Outside headers are used, not checked.
        flags += ["-isystem" if folder.startswith("external/") else "-iquote", folder]
    for folder in context.includes.to_list() + context.system_includes.to_list():
        flags += ["-isystem", folder]
    return flags

def _clang_tidy_aspect_impl(target, ctx):
    rule = ctx.rule
    ours = target.label.workspace_name == "" and rule.kind in _RULES
    if not ours or rule.attr.testonly or CcInfo not in target:
        return []
    sources = _files(rule, "srcs", ["cc"])
    headers = _files(rule, "hdrs", ["h"]) + _files(rule, "srcs", ["h"])
    context = target[CcInfo].compilation_context
    if rule.kind == "cc_binary":
        # A binary's CcInfo says nothing of what it is compiled with.
        context = cc_common.merge_cc_infos(cc_infos = [dep[CcInfo] for dep in rule.attr.deps]).compilation_context
    flags = ["-std=c++20", "-x", "c++", "-fno-exceptions", "-iquote", "."] + _include_flags(context)
    flags += ["-D" + define for define in context.defines.to_list()]
    flags += [flag for flag in WHARF_WARNINGS if flag != "-Werror"]
    checked_headers = "|".join([header.path for header in headers]) or "none"

    outputs = []
    for source in sources or headers:
        output = ctx.actions.declare_file(source.basename + ".clang_tidy")
        ctx.actions.run_shell(
            # clang-tidy counts suppressed warnings on stderr: shown only when something is wrong.
            command = "/usr/bin/clang-tidy-19 \"$@\" >\"$OUTPUT\" 2>&1 || { cat \"$OUTPUT\" >&2; exit 1; }",
            arguments = [
                "--quiet",
                "--warnings-as-errors=*",
                "--config-file=" + ctx.file._config.path,
                "--header-filter=^(.*/)?(%s)$" % checked_headers,
                source.path,
                "--",
            ] + flags,
            env = {"OUTPUT": output.path},
            inputs = depset(
                [ctx.file._config] + sources + headers,
                transitive = [context.headers],
            ),
            mnemonic = "ClangTidy",
            outputs = [output],
            progress_message = "Linting " + source.short_path,
        )
        outputs.append(output)
    return [OutputGroupInfo(clang_tidy = depset(outputs))]

clang_tidy_aspect = aspect(
    implementation = _clang_tidy_aspect_impl,
    attrs = {
        "_config": attr.label(default = "//:.clang-tidy", allow_single_file = True),
    },
)
