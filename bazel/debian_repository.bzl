"""Repositories made of files that Debian packages have installed, and of text of our own."""

_ARCHITECTURE = "{architecture}"
_MULTIARCH = "{multiarch}"

def _debian_repository_impl(ctx):
    architecture = ctx.execute(["dpkg", "--print-architecture"]).stdout.strip()
    multiarch = ctx.execute(["uname", "-m"]).stdout.strip() + "-linux-gnu"
    for destination, source in ctx.attr.links.items():
        path = ctx.path(source.replace(_ARCHITECTURE, architecture).replace(_MULTIARCH, multiarch))
        if not path.exists:
            fail("@%s: %s is missing: package %s is not installed. Run tools/setup." %
                 (ctx.name, path, ctx.attr.package))
        ctx.symlink(path, destination)
    ctx.symlink(ctx.attr.build_file, "BUILD.bazel")

debian_repository = repository_rule(
    implementation = _debian_repository_impl,
    attrs = {
        "build_file": attr.label(mandatory = True, allow_single_file = True),
        "links": attr.string_dict(mandatory = True, doc = "path in the repository -> path on the machine"),
        "package": attr.string(mandatory = True, doc = "the Debian package that the paths come from"),
    },
    local = True,
)

def _text_repository_impl(ctx):
    for path, content in ctx.attr.files.items():
        ctx.file(path, content, executable = False)

text_repository = repository_rule(
    implementation = _text_repository_impl,
    attrs = {"files": attr.string_dict(mandatory = True, doc = "path in the repository -> its content")},
)
