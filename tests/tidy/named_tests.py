#!/usr/bin/env python3
"""Names of tests in the documents: do they exist?

    python3 tests/tidy/named_tests.py [ROOT]

prints `path:line: message` for every name in DOCUMENTS that nothing has. Looked at are:

label     `//tests/replay:replay_test`: its BUILD.bazel has a target of that name.
file      `engine_drop_test`, `tests/regressions/ownership_test`: there is such a test program.
test      `G12_DeadlinesFireWhileItDrains`, `SendThenReceive`: a test is called so; or, for a name that
          may as well be a type, something in the code is. Three words at least make a name.
pattern   `engine_cancel_test, engine_drop_test `G04_*``: each of these programs has such a test.
          `cancel G09`, `wake_test` R10: some test's name begins with the number.
"""

import os
import re
import sys
from typing import Dict, Iterable, List, NamedTuple, Set

import tidy

DOCUMENTS = (
    'docs/contract.md',
    'docs/seed-tests.md',
    'docs/seed3-tests.md',
    'docs/testing.md',
    'docs/porting.md',
    'tests/conformance/README.md',
    'tests/regressions/README.md',
)

_DECLARED = re.compile(r'\b(?:TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P|WHARF_TEST|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)'
                       r'\(\s*(\w+)\s*,\s*(\w+)')
# The properties have their names in a table.
_LISTED = re.compile(r'"(G\d\d_\w+)"')
_LABEL = re.compile(r'//((?:[a-z]\w*/)*[a-z]\w*)(?::(\w+))?')  # a case (//2.1~0) is none
_PROGRAM = re.compile(r'(?<![\w/:.*])((?:[a-z]\w*/)*(?!wharf_)[a-z0-9_]+_test)\b')
_NAME = re.compile(r'(?<![\w/:.])((?:[GR]\d\d_)?(?:[A-Z][a-z0-9]+|[A-Z](?=[A-Z][a-z])){3,})\b')
_PATTERN = re.compile(r'((?:\w+_test, )*\w+_test) `([GR]\d\d_)\*`')
_NUMBER = re.compile(r'(?<=[a-z;`] )([GR]\d\d)(?![\w-])')


class Known(NamedTuple):
    """What there is in a tree."""
    tests: Dict[str, Set[str]]  # the names in each program's file, by its path without `.cc`
    words: Set[str]  # every identifier in code that is no test
    targets: Dict[str, str]  # the text of each BUILD.bazel, by its folder

    def all_tests(self) -> Set[str]:
        return set().union(*self.tests.values())


def know(sources: Iterable[tidy.Source]) -> Known:
    known = Known({}, set(), {})
    for source in sources:
        folder, name = os.path.split(source.path)
        if name == 'BUILD.bazel':
            known.targets[folder] = source.text
        if not source.is_cpp:
            continue
        names = {match.group(2) for match in _DECLARED.finditer(source.code)}
        suites = {match.group(1) for match in _DECLARED.finditer(source.code)}
        if source.path == 'tests/property/focus.cc':
            names |= set(_LISTED.findall(source.text))
        if source.path.endswith('.cc') or names:
            known.tests[os.path.splitext(source.path)[0]] = names | suites
        if not names:
            known.words.update(re.findall(r'\b[A-Z]\w+', source.code))
    return known


def unknown_names(text: str, known: Known) -> List[str]:
    """What a line of a document names and nobody has."""
    tests = known.all_tests()
    missing = []
    for folder, target in _LABEL.findall(text):
        if folder not in known.targets and not any(other.startswith(folder + '/') for other in known.targets):
            missing.append(f'//{folder} is no package')
        elif target and target not in ('all', '_') and f'"{target}"' not in known.targets.get(folder, ''):
            missing.append(f'//{folder}:{target} is no target')
    for path in _PROGRAM.findall(text):
        if not any(other == path or other.endswith('/' + path) for other in known.tests):
            missing.append(f'{path} is no test program')
    for name in _NAME.findall(text):
        if name not in tests and name not in known.words:
            missing.append(f'{name} is no test')
    for programs, prefix in _PATTERN.findall(text):
        for program in programs.split(', '):
            inside = [names for path, names in known.tests.items() if path.endswith('/' + program)]
            if not any(name.startswith(prefix) for names in inside for name in names):
                missing.append(f'{program} has no {prefix}*')
    for number in _NUMBER.findall(text):
        if not any(name.startswith(number + '_') for name in tests):
            missing.append(f'no test begins with {number}')
    return missing


def check(sources: List[tidy.Source]) -> List[str]:
    """Every name in the documents that is none, one line each."""
    known = know(sources)
    return [
        f'{source.path}:{number}: {problem}' for source in sources if source.path in DOCUMENTS
        for number, line in enumerate(source.lines, 1) for problem in unknown_names(line, known)
    ]


def main(root: str) -> int:
    problems = check(tidy.read_tree(root))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else '.'))
