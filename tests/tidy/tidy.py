#!/usr/bin/env python3
"""Keeps the source tree tidy: what a reviewer should never have to say.

    python3 tests/tidy/tidy.py [ROOT]

prints `path:line: rule: message` for every violation. The rules:

guard        A header's guard is its path: engine/port.h has WHARF_ENGINE_PORT_H_.
length       A file ends within 500 lines, or LONG_FILES gives the reason; none passes 1,000.
purity       engine/ and sim/ use no operating system, thread, clock or randomness of their own, and
             no container whose order varies (`// lookup only` on the line says it is never iterated).
layering     Includes point one way: backends/ and sim/ to engine/, and engine/ to nothing else.
built        Every C++ file is named in its package's BUILD.bazel.
documented   Public declarations in engine/, backends/ and sim/ headers have a comment.
leftover     No reminder to do it later: it is an issue, or it is done.
whitespace   No tab, no trailing blank, no missing last newline, no carriage return.
machine      No path of somebody's machine.

`documented`, exactly: a type, a free function or a public member function at namespace or class scope has
a comment line above it in the same paragraph (no blank line between; so one comment serves a
group), or a comment on its own lines. Exempt: forward and friend declarations, aliases, variables,
constructors, assignments, destructors, `= default`, `= delete`, accessors (`int size() const {`),
coroutine hooks, `override`s (the base says it), definitions of what is declared with a comment above,
and everything in a namespace that is internal (`internal_x`, `x_internal`) or has no name.
"""

import os
import re
import sys
from typing import Callable, Dict, Iterable, List, NamedTuple, Optional

SOFT_LIMIT = 500
HARD_LIMIT = 1000

# Files over SOFT_LIMIT, each with the reason why it is not two files.
LONG_FILES: Dict[str, str] = {}

_CPP = ('.h', '.cc')
_TEXT = _CPP + ('.bzl', '.bazel', '.BUILD', '.md', '.py', '.sh', '.json', '.html', '.js', '.css')
_TEXT_NAMES = ('WORKSPACE', 'wharf', 'setup', 'bazel', 'run', '.bazelrc', '.gitignore', '.clang-format', '.clang-tidy')
_SKIPPED_FOLDERS = ('__pycache__', 'node_modules', 'corpus', 'corpora', 'testdata')


class Violation(NamedTuple):
    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f'{self.path}:{self.line}: {self.rule}: {self.message}'


class Source:
    """One file: its path from the root, its text, and for C++ its code without comments and literals."""

    def __init__(self, path: str, text: str):
        self.path = path
        self.text = text
        self.lines = text.split('\n')
        self.is_cpp = path.endswith(_CPP)
        self.is_header = path.endswith('.h')
        self.is_test = path.endswith(('_test.cc', '_fuzz.cc', '_bench.cc', '_test_util.h', '_test_util.cc'))
        self.code = blank_out(text) if self.is_cpp else text
        self.code_lines = self.code.split('\n')

    @property
    def room(self) -> str:
        """The top-level folder."""
        return self.path.split('/')[0] if '/' in self.path else ''

    def violation(self, line: int, rule: str, message: str) -> Violation:
        return Violation(self.path, line, rule, message)


_BLANKED = re.compile(
    r'//(?:\\\n|[^\n])*'
    r'|/\*.*?\*/'
    r'|R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)


def blank_out(text: str) -> str:
    """The C++ text with comments and literals replaced by spaces; lines stay where they are."""

    def blank(match: 're.Match[str]') -> str:
        found = match.group(0)
        if found.startswith('"'):
            line_start = text.rfind('\n', 0, match.start()) + 1
            if text[line_start:match.start()].lstrip().startswith('#'):
                return found  # the path of an #include
        return re.sub(r'[^\n]', ' ', found)

    return _BLANKED.sub(blank, text)


# --- the rules -----------------------------------------------------------------------------------


def check_guard(source: Source) -> Iterable[Violation]:
    if not source.is_header:
        return
    guard = 'WHARF_' + re.sub(r'[^A-Za-z0-9]', '_', source.path).upper() + '_'
    directives = [(number, line.strip()) for number, line in enumerate(source.code_lines, 1) if line.strip()]
    if len(directives) < 2 or directives[0][1] != f'#ifndef {guard}' or directives[1][1] != f'#define {guard}':
        line = directives[0][0] if directives else 1
        yield source.violation(line, 'guard', f'the header must begin with #ifndef and #define {guard}')
        return
    last_number, last = next((number, line) for number, line in reversed(list(enumerate(source.lines, 1))) if line)
    if last != f'#endif  // {guard}':
        yield source.violation(last_number, 'guard', f'the header must end with "#endif  // {guard}"')


def check_length(source: Source) -> Iterable[Violation]:
    if not source.path.endswith(_CPP + ('.py', '.bzl', '.sh')):
        return
    length = source.text.count('\n')
    if length > HARD_LIMIT:
        yield source.violation(HARD_LIMIT, 'length', f'{length} lines; no file passes {HARD_LIMIT}')
    elif length > SOFT_LIMIT and source.path not in LONG_FILES:
        yield source.violation(SOFT_LIMIT, 'length', f'{length} lines; split it, or give the reason in LONG_FILES')


_BANNED_INCLUDE = re.compile(
    r'#\s*include\s*<(?:'
    r'(?:sys|netinet|arpa|net|linux|asm)/[^>]*'
    r'|unistd\.h|fcntl\.h|poll\.h|signal\.h|csignal|pthread\.h|sched\.h|semaphore\.h|dirent\.h|dlfcn\.h|netdb\.h|aio\.h'
    r'|windows\.h|winsock2?\.h|ws2tcpip\.h|mswsock\.h|io\.h'
    r'|liburing\.h|liburing/[^>]*|libaio\.h'
    r'|thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token'
    r'|random|time\.h|ctime'
    r')>'
    r'|#\s*include\s*"(?:liburing\.h|libaio\.h|absl/random/[^"]*|absl/time/clock\.h)"')

_BANNED_CODE = [
    (re.compile(r'::now\s*\('), 'reads a clock; time comes from the port'),
    (re.compile(r'\babsl::(?:Now|GetCurrentTimeNanos|SleepFor)\b|\babsl::Clock\b'), 'reads a clock; time comes from the port'),
    (re.compile(r'(?<![\w.>])(?:std::)?(?:clock_gettime|gettimeofday|time)\s*\(\s*(?:NULL|nullptr|0|CLOCK_\w+)'),
     'reads a clock; time comes from the port'),
    (re.compile(r'(?<![\w.>:])(?:std::)?s?rand\s*\(|\bstd::random_device\b|\bstd::mt19937|\babsl::BitGen\b'),
     'random by itself; choices come from the chooser'),
    (re.compile(r'\bstd::(?:jthread|thread|async|this_thread)\b'), 'has a thread of its own'),
    (re.compile(r'\bstd::(?:recursive_|timed_|shared_)?mutex\b|\bstd::condition_variable'), 'blocks a thread'),
    (re.compile(r'(?<![\w.>:])(?:std::)?getenv\s*\('), 'reads the environment'),
]
_VARYING_ORDER = re.compile(r'\bstd::unordered_(?:multi)?(?:map|set)\b|\babsl::(?:flat|node)_hash_(?:map|set)\b')


def check_purity(source: Source) -> Iterable[Violation]:
    if not source.is_cpp or source.is_test or source.room not in ('engine', 'sim'):
        return
    for number, code in enumerate(source.code_lines, 1):
        include = _BANNED_INCLUDE.search(code)
        if include:
            yield source.violation(number, 'purity', f'{include.group(0)} does not belong in {source.room}/')
            continue
        for pattern, reason in _BANNED_CODE:
            if pattern.search(code):
                yield source.violation(number, 'purity', f'`{pattern.search(code).group(0).strip()}` {reason}')
        if _VARYING_ORDER.search(code) and '// lookup only' not in source.lines[number - 1]:
            yield source.violation(number, 'purity', 'an unordered container; sort it, or say `// lookup only`')


_MAY_INCLUDE = {
    'engine': ('engine', 'absl'),
    'backends': ('backends', 'engine', 'absl'),
    'sim': ('sim', 'engine', 'absl'),
}
_ROOMS = ('engine', 'backends', 'sim', 'tests', 'tools', 'fuzz', 'bench', 'examples')


def check_layering(source: Source) -> Iterable[Violation]:
    if not source.is_cpp or source.is_test or source.room not in _MAY_INCLUDE:
        return
    for number, code in enumerate(source.code_lines, 1):
        match = re.match(r'\s*#\s*include\s*"([^"/]+)/', code)
        if match and match.group(1) in _ROOMS and match.group(1) not in _MAY_INCLUDE[source.room]:
            yield source.violation(number, 'layering', f'{source.room}/ must not include {match.group(1)}/')


_LEFTOVER = re.compile(r'\b(?:TODO|FIXME|XXX)\b')


def check_leftover(source: Source) -> Iterable[Violation]:
    if source.path.startswith('tests/tidy/'):
        return
    for number, line in enumerate(source.lines, 1):
        if _LEFTOVER.search(line):
            yield source.violation(number, 'leftover', f'{_LEFTOVER.search(line).group(0)}: do it, or file an issue')


def check_whitespace(source: Source) -> Iterable[Violation]:
    for number, line in enumerate(source.lines, 1):
        if '\t' in line:
            yield source.violation(number, 'whitespace', 'a tab')
        if '\r' in line:
            yield source.violation(number, 'whitespace', 'a carriage return')
        elif line != line.rstrip():
            yield source.violation(number, 'whitespace', 'a blank at the end of the line')
    if source.text and not source.text.endswith('\n'):
        yield source.violation(len(source.lines), 'whitespace', 'no newline at the end of the file')


_MACHINE = re.compile(r'(?<![\w.$}])/(?:root|home/[a-z]\w*|work|Users/\w+)/')


def check_machine(source: Source) -> Iterable[Violation]:
    if source.path.startswith('tests/tidy/'):
        return
    for number, line in enumerate(source.lines, 1):
        if _MACHINE.search(line):
            yield source.violation(number, 'machine', f'{_MACHINE.search(line).group(0)} is on one machine only')


# --- `documented` --------------------------------------------------------------------------------


class Declaration(NamedTuple):
    text: str  # up to its `;` or `{`, in one line
    first: int  # its lines, from 1
    last: int
    opened: int  # the line of the `{` or access label that it stands under


class _Scope:
    """A pair of braces: what kind it is, and whether what is declared in it is public."""

    def __init__(self, kind: str, public: bool, access_public: bool = True):
        self.kind = kind  # 'namespace', 'class' or 'other'
        self.public = public
        self.access_public = access_public
        self.opened = 0  # the line of its `{`, or of the last access label
        self.start: Optional[int] = None  # of the statement that goes on after `}`, for an initializer

    def declares(self) -> bool:
        return self.kind != 'other' and self.public and self.access_public


def _without_prefixes(text: str) -> str:
    """The declaration without attributes, macros that annotate, and `template <...>`."""
    text = re.sub(r'\[\[.*?\]\]', ' ', text)
    text = re.sub(r'\b(?:ABSL|WHARF)_[A-Z_]+(?:\s*\([^()]*\))?', ' ', text)
    text = re.sub(r'\balignas\s*\([^()]*\)', ' ', text)
    while True:
        match = re.match(r'\s*template\s*<', text)
        if not match:
            break
        depth, at = 1, match.end()
        while depth and at < len(text):
            depth += {'<': 1, '>': -1}.get(text[at], 0)
            at += 1
        text = text[at:]
    return ' '.join(text.split())


def _is_type(text: str) -> bool:
    return bool(re.match(r'(?:class|struct|union|enum)\b', text)) and '(' not in text


def _scope_for(text: str, outer: _Scope) -> _Scope:
    text = _without_prefixes(text)
    if re.match(r'(?:inline )?namespace\b|extern\b', text) and '(' not in text:
        names = text.replace('inline ', '').replace('namespace', '').replace('::', ' ').split()
        hidden = text.endswith('namespace') or any(re.fullmatch(r'internal|internal_\w+|\w+_internal', name) for name in names)
        return _Scope('namespace', outer.public and not hidden)
    if _is_type(text) and not text.startswith('enum'):
        return _Scope('class', outer.declares(), access_public=not text.startswith('class'))
    return _Scope('other', False)


def declarations(code: str) -> List[Declaration]:
    """The public declarations of a header, given without comments and literals."""
    # A directive, with its continuation lines, declares nothing.
    code = re.sub(r'^[ ]*#(?:[^\n]*\\\n)*[^\n]*', lambda m: re.sub(r'[^\n]', ' ', m.group(0)), code, flags=re.MULTILINE)
    scopes = [_Scope('namespace', True)]
    found: List[Declaration] = []
    start: Optional[int] = None  # of the statement that is being read
    taken = False  # whether that statement is in `found` already
    parens = 0

    def line_of(offset: int) -> int:
        return code.count('\n', 0, offset) + 1

    def take(end: int) -> None:
        nonlocal taken
        if start is not None and not taken and scopes[-1].declares():
            # To the end of a definition's first line, so that `= default` and a trailing comment are seen.
            found.append(Declaration(' '.join(code[start:end + 1].split()), line_of(start), line_of(end),
                                     scopes[-1].opened))
        taken = True

    for at, char in enumerate(code):
        if start is None and not char.isspace() and char not in '{};':
            start, taken = at, False
        if char == '(':
            parens += 1
        elif char == ')':
            parens -= 1
        elif parens > 0:
            continue
        elif char == ':' and start is not None and scopes[-1].kind == 'class':
            label = code[start:at].strip()
            if label in ('public', 'protected', 'private'):
                scopes[-1].access_public = label == 'public'
                scopes[-1].opened = line_of(at)
                start = None
        elif char == '{':
            take(at)
            scopes.append(_scope_for(code[start:at] if start is not None else '', scopes[-1]))
            scopes[-1].opened = line_of(at)
            scopes[-1].start = start
            start = None
        elif char == '}':
            closed = scopes.pop() if len(scopes) > 1 else scopes[0]
            rest = code[at + 1:].lstrip()[:1]
            start = closed.start if closed.kind == 'other' and rest in (',', ';', '{', '=', '.') and rest else None
            taken = True
        elif char == ';':
            take(at)
            start = None
    return found


_NEEDS_NO_COMMENT = re.compile(
    r'(?:friend|using|typedef|static_assert|namespace|extern)\b'
    r'|(?:virtual )?~'
    r'|.*=\s*(?:default|delete)\s*;$'
    r'|.*\b(?:override|final)\b[^(]*$'
    # A member's definition outside its class.
    r'|[^(=]*\w::(?:~?\w+|operator[^(]*)\('
    # A constructor, an assignment.
    r'|(?:(?:constexpr|explicit|inline) )*[A-Z]\w*\('
    r'|(?:constexpr )?(\w+)& operator=\('
    # What the language calls in a coroutine.
    r'|[^(]*\b(?:await_(?:ready|suspend|resume)|(?:initial|final)_suspend|get_return_object|unhandled_exception'
    r'|return_(?:void|value)|yield_value|await_transform)\('
    # An accessor with a name in lower case.
    r'|[^(]*\b[a-z][a-z0-9_]*\(\) const(?: noexcept)? \{$')


def _needs_comment(declaration: Declaration) -> bool:
    text = _without_prefixes(declaration.text)
    if _is_type(text):
        return not text.endswith(';')  # else a forward declaration
    if _NEEDS_NO_COMMENT.match(text):
        return False
    if re.search(r'\boperator\b', text):
        return True
    call, assigned = text.find('('), text.find('=')
    return call >= 0 and (assigned < 0 or call < assigned)


def check_documented(source: Source) -> Iterable[Violation]:
    if not source.is_header or source.is_test or source.room not in ('engine', 'backends', 'sim'):
        return
    commented = set()  # names of free functions; their definitions may follow
    for declaration in declarations(source.code):
        if not _needs_comment(declaration):
            continue
        function = re.match(r'[^(]*?(\w+)\s*\(', _without_prefixes(declaration.text))
        name = function.group(1) if function else ''
        if declaration.text.startswith(('inline ', 'template ')) and declaration.text.endswith('{') and name in commented:
            continue
        own = range(declaration.first, declaration.last + 1)
        if any('//' in source.lines[number - 1] for number in own):
            commented.add(name)
            continue
        number = declaration.first - 1
        documented = False
        while number > declaration.opened and source.lines[number - 1].strip():
            if source.lines[number - 1].strip().startswith('//'):
                documented = True
                break
            number -= 1
        if documented:
            commented.add(name)
        else:
            yield source.violation(declaration.first, 'documented', f'no comment on `{declaration.text[:60]}`')


# --- the tree ------------------------------------------------------------------------------------


def check_built(root: str, source: Source) -> Iterable[Violation]:
    if not source.is_cpp:
        return
    folder = os.path.dirname(source.path)
    while folder and not os.path.exists(os.path.join(root, folder, 'BUILD.bazel')):
        folder = os.path.dirname(folder)
    try:
        with open(os.path.join(root, folder, 'BUILD.bazel'), encoding='utf-8') as file:
            build = file.read()
    except FileNotFoundError:
        build = ''
    name = os.path.relpath(source.path, folder) if folder else source.path
    stem = os.path.splitext(name)[0]
    # A test's source is its name by default (bazel/wharf.bzl).
    if f'"{name}"' not in build and not (name.endswith('.cc') and f'"{stem}"' in build):
        yield source.violation(1, 'built', 'not in its BUILD.bazel')


FILE_RULES: Dict[str, Callable[[Source], Iterable[Violation]]] = {
    'guard': check_guard,
    'length': check_length,
    'purity': check_purity,
    'layering': check_layering,
    'documented': check_documented,
    'leftover': check_leftover,
    'whitespace': check_whitespace,
    'machine': check_machine,
}


def read_tree(root: str) -> List[Source]:
    """Every text file of ours under `root`, in order of path."""
    sources = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name for name in folders
            if name not in _SKIPPED_FOLDERS and not name.startswith('bazel-') and (name == '.ci' or name[0] != '.'))
        for name in sorted(names):
            path = os.path.join(folder, name)
            if (name.endswith(_TEXT) or name in _TEXT_NAMES) and os.path.isfile(path):
                with open(path, encoding='utf-8', newline='') as file:
                    sources.append(Source(os.path.relpath(path, root).replace(os.sep, '/'), file.read()))
    return sources


def check_tree(root: str) -> List[Violation]:
    violations: List[Violation] = []
    for source in read_tree(root):
        for check in FILE_RULES.values():
            violations.extend(check(source))
        violations.extend(check_built(root, source))
    return violations


def main() -> int:
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.realpath(__file__)), '..', '..')
    violations = check_tree(root)
    for violation in violations:
        print(violation)
    return 1 if violations else 0


if __name__ == '__main__':
    sys.exit(main())
