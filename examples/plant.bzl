"""Planted bugs: copies of an example with one thing wrong, for the test that has to find them."""

load("//bazel:wharf.bzl", "wharf_cc_testonly_library")

def _quoted(text):
    return "'" + text.replace("'", "'\\''").replace("$", "$$") + "'"

def _snake(name):
    return "".join(["_" + c.lower() if c.isupper() else c for c in name.elems()]).lstrip("_")

def planted_bug(name, original, replace, deps):
    """A library with the class `name`, which is the class `original` with a bug.

    Args:
      name: the new class; its header is the name in snake case.
      original: the class that is copied, from the header and source named after it.
      replace: what the bug is: a dictionary of texts, each of which occurs exactly once, and their replacements.
      deps: what the original depends on.
    """
    files = [(_snake(original) + ending, _snake(name) + ending) for ending in [".h", ".cc"]]
    replacements = ["--replace %s %s" % (_quoted(old), _quoted(new)) for old, new in replace.items()]
    native.genrule(
        name = _snake(name) + "_source",
        testonly = True,
        srcs = [source for source, _ in files],
        outs = [target for _, target in files],
        cmd = " ".join(
            ["python3 $(location //examples:plant.py) --class", original, "--as", name] + replacements +
            ["$(location %s)=$(location %s)" % pair for pair in files],
        ),
        tools = ["//examples:plant.py"],
    )
    wharf_cc_testonly_library(
        name = _snake(name),
        srcs = [_snake(name) + ".cc"],
        hdrs = [_snake(name) + ".h"],
        deps = deps,
        visibility = ["//visibility:private"],
    )
