"""A repository that lives in Wharf's cache, where tools/setup has put it."""

def _cache_dir(ctx):
    # The same rule is in tools/cache_dir.sh.
    env = ctx.os.environ
    if env.get("WHARF_CACHE"):
        return env["WHARF_CACHE"]
    if env.get("XDG_CACHE_HOME"):
        return env["XDG_CACHE_HOME"] + "/wharf"
    if env.get("HOME"):
        return env["HOME"] + "/.cache/wharf"
    home = ctx.execute(["sh", "-c", "getent passwd \"$(id -u)\" | cut -d: -f6"]).stdout.strip()
    return home + "/.cache/wharf" if home else ""

def _cache_repository_impl(ctx):
    path = _cache_dir(ctx) + "/" + ctx.attr.folder
    root = ctx.path(path)
    if not ctx.path(path + "/" + ctx.attr.marker).exists:
        fail("@%s is not in %s. Run tools/setup first; it fetches it." % (ctx.name, path))
    for entry in root.readdir():
        if entry.basename not in ["WORKSPACE", "WORKSPACE.bazel"]:
            ctx.symlink(entry, entry.basename)
    ctx.file("WORKSPACE", "workspace(name = \"%s\")\n" % ctx.name)

cache_repository = repository_rule(
    implementation = _cache_repository_impl,
    attrs = {
        "folder": attr.string(mandatory = True, doc = "the folder inside the cache"),
        "marker": attr.string(mandatory = True, doc = "a file that a complete folder has"),
    },
    environ = ["WHARF_CACHE", "XDG_CACHE_HOME", "HOME"],
    local = True,
)
