"""Mutants: small deliberate breaks, as text files that a review can read.

A file of them (mutants/*.mutants) is one area of the code:

    # A comment.
    tests: //engine:timer_wheel_test //engine:timer_wheel_model_test

    == wheel-remove-forgets-size: G9
    file: engine/timer_wheel.h
    breaks: A removed deadline still counts as scheduled.
    -    node.next = kUnlinked;
    -    --size_;
    +    node.next = kUnlinked;

`tests` are the unit tests that are tried on the area's mutants when nothing broader has found them; a mutant
may have its own. Behind the name stand the guarantees (G) that it is about, and the numbers of the museum
(R01, RW01, RA01, Zio628) whose bug it puts back: for each, a test of tests/regressions whose name begins with
the number must fail. The lines with `-` are a text that occurs exactly once in the file, those with `+` stand in
its place; the first and the last may be parts of a line. Another `file:` begins another replacement.
`equivalent: why` marks a mutant that no test can tell from the original.
"""

import hashlib
import os
import re
from typing import Dict, List, NamedTuple

HERE = os.path.dirname(os.path.realpath(__file__))
_HEAD = re.compile(r'== ([a-z0-9-]+): ((?:[A-Z][A-Za-z0-9]*\d+ ?)+)$')


class MutantError(Exception):
    """A mutant that cannot be planted: a mistake of the suite, never of the code under test."""


class Replacement(NamedTuple):
    file: str
    old: str
    new: str


class Mutant(NamedTuple):
    name: str
    area: str
    about: List[str]
    breaks: str
    tests: List[str]
    replacements: List[Replacement]
    equivalent: str

    @property
    def guarantees(self) -> List[str]:
        return [number for number in self.about if re.fullmatch(r'G\d\d', number)]

    @property
    def museum(self) -> List[str]:
        return [number for number in self.about if not re.fullmatch(r'G\d\d', number)]

    @property
    def files(self) -> List[str]:
        return sorted({replacement.file for replacement in self.replacements})


def parse(text: str, area: str) -> List[Mutant]:
    """The mutants of one file, in its order."""
    tests: List[str] = []
    mutants: List[Mutant] = []
    fields: Dict[str, str] = {}
    parts: List[Dict[str, List[str]]] = []

    def finish() -> None:
        if not fields:
            return
        where = f'{area}: {fields["name"]}'
        replacements = [Replacement(part['file'][0], '\n'.join(part['-']), '\n'.join(part['+'])) for part in parts]
        if not fields.get('breaks'):
            raise MutantError(f'{where}: does not say what it breaks')
        if not replacements or any(not part.old or part.old == part.new for part in replacements):
            raise MutantError(f'{where}: replaces nothing')
        mutants.append(
            Mutant(fields['name'], area, fields['about'].split(), fields['breaks'],
                   fields['tests'].split() if 'tests' in fields else list(tests), replacements,
                   fields.get('equivalent', '')))
        fields.clear()
        parts.clear()

    for number, line in enumerate(text.splitlines(), 1):
        head = _HEAD.match(line)
        key, _, value = line.partition(': ')
        if head:
            finish()
            fields.update(name=head.group(1), about=head.group(2))
        elif line.startswith(('-', '+')) and parts:
            parts[-1][line[0]].append(line[1:])
        elif key == 'file' and fields:
            parts.append({'file': [value], '-': [], '+': []})
        elif key in ('breaks', 'tests', 'equivalent') and fields:
            fields[key] = value
        elif key == 'tests':
            tests = value.split()
        elif line and not line.startswith('#'):
            raise MutantError(f'{area}:{number}: cannot read "{line}"')
    finish()
    return mutants


def load(folder: str = os.path.join(HERE, 'mutants')) -> List[Mutant]:
    """All mutants, in the order of the files' names; each name once."""
    mutants: List[Mutant] = []
    for name in sorted(os.listdir(folder)):
        if name.endswith('.mutants'):
            with open(os.path.join(folder, name), encoding='utf-8') as file:
                mutants += parse(file.read(), name[:-len('.mutants')])
    names = [mutant.name for mutant in mutants]
    for name in names:
        if names.count(name) > 1:
            raise MutantError(f'{name}: two mutants of that name')
    return mutants


def mutate(mutant: Mutant, root: str) -> Dict[str, str]:
    """The new texts of the files that the mutant changes. MutantError if it no longer fits the tree."""
    texts: Dict[str, str] = {}
    for replacement in mutant.replacements:
        path = os.path.join(root, replacement.file)
        if replacement.file not in texts:
            if not os.path.isfile(path):
                raise MutantError(f'{mutant.area}: {mutant.name}: there is no {replacement.file}')
            with open(path, encoding='utf-8') as file:
                texts[replacement.file] = file.read()
        count = texts[replacement.file].count(replacement.old)
        if count != 1:
            raise MutantError(f'{mutant.area}: {mutant.name}: its text occurs {count} times in {replacement.file}, '
                              f'it must be there once:\n{replacement.old}')
        texts[replacement.file] = texts[replacement.file].replace(replacement.old, replacement.new)
    return texts


def fingerprint(mutant: Mutant, root: str) -> str:
    """The same while neither the mutant nor the engine changes: what was killed is then dead for good, for tests are
    only added."""
    digest = hashlib.sha256(repr((mutant.about, mutant.replacements)).encode())
    folder = os.path.join(root, 'engine')
    for name in sorted(os.listdir(folder)):
        if name.endswith(('.h', '.cc')) and not name.endswith(('_test.cc', '_test_util.h')):
            with open(os.path.join(folder, name), 'rb') as file:
                digest.update(name.encode() + hashlib.sha256(file.read()).digest())
    return digest.hexdigest()[:16]


def select(mutants: List[Mutant], name: str = '', tenth: int = -1) -> List[Mutant]:
    """Those of that area or number, or whose name contains `name`, which may be several with commas between; of them
    every tenth one, if asked for."""
    found = [mutant for mutant in mutants
             if any(part in mutant.name or part == mutant.area or part in mutant.about for part in name.split(','))]
    return [mutant for index, mutant in enumerate(found) if tenth < 0 or index % 10 == tenth]
