"""One mutant's trial: the tests that may find it, from the broadest on, until one does.

First campaigns of random schedules (how many runs it takes is the measure), then the museum
(tests/regressions), then the tests that the mutant's file names: the wake gate's model, unit tests. A mutant of
the museum has to be found by a test of each of its numbers whatever else finds it.
"""

import os
import re
import resource
import signal
import subprocess
import time
from typing import Dict, List, NamedTuple, Optional

import build
from mutants import Mutant

CAMPAIGN = '//tests/mutation:campaign'


class Limits(NamedTuple):
    campaign_runs: int = 20000
    property_runs: int = 2000
    cpu_seconds: int = 15  # of one program; an endless loop ends there
    wall_seconds: int = 120  # the same for one that sleeps for ever
    memory: int = 4 << 30


class Verdict(NamedTuple):
    failed: bool
    text: str  # the first thing that went wrong
    output: str


class Result(NamedTuple):
    mutant: Mutant
    status: str  # killed, survived, equivalent, error
    by: str  # campaign, museum, model, property, unit
    detail: str
    runs: Optional[int]  # of the campaign, up to and with the one that failed
    museum: Dict[str, List[str]]  # for each number of the museum: its tests that failed
    properties: Dict[str, Optional[int]]  # for guarantees: the run in which a campaign for it failed, if any did
    seconds: float
    fingerprint: str = ''


def execute(command: List[str], limits: Limits) -> Verdict:
    """Runs a program that is to be trusted with nothing: no more time and memory than it needs."""

    def confine() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 2))
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          text=True, errors='replace', preexec_fn=confine, start_new_session=True) as process:
        try:
            output, _ = process.communicate(timeout=limits.wall_seconds)
            hangs = False
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            hangs = True
    if hangs or process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return Verdict(True, 'hangs', output)
    if process.returncode < 0:
        return Verdict(True, signal.Signals(-process.returncode).name, output)
    return Verdict(process.returncode != 0, f'exit {process.returncode}', output)


_FAILED = re.compile(r'^\[  FAILED  \] ([\w/]+\.[\w/]+)', re.MULTILINE)
_BEGUN = re.compile(r'^\[ RUN      \] ([\w/]+\.[\w/]+)', re.MULTILINE)


def failed_tests(verdict: Verdict) -> List[str]:
    """The names of a GoogleTest program's failed tests; one that did not come to its end counts."""
    if not verdict.failed:
        return []
    names = list(dict.fromkeys(_FAILED.findall(verdict.output)))
    begun = _BEGUN.findall(verdict.output)
    if not names and begun:
        names = [begun[-1]]
    return names


class Tests:
    """What there is to be tried, and how."""

    def __init__(self, limits: Limits, museum_labels: List[str], museum_names: List[str]):
        self.limits = limits
        self.museum_labels = museum_labels
        self.museum_names = museum_names

    def campaign(self, made: build.MutantBuild, about: str = '') -> (Optional[int], str):
        """The run that failed, and how; of all properties in turn, or of one."""
        runs = self.limits.property_runs if about else self.limits.campaign_runs
        command = [made.program(CAMPAIGN), f'--runs={runs}'] + ([f'--property={about}'] if about else [])
        verdict = execute(command, self.limits)
        if not verdict.failed:
            return None, ''
        found = re.search(r'^campaign: failed in run (\d+): (.*)$', verdict.output, re.MULTILINE)
        if not found:
            raise build.BuildError(f'the campaign says neither that it failed nor in which run ({verdict.text}):\n'
                                   + verdict.output[-2000:])
        return int(found.group(1)), found.group(2)

    def properties(self, made: build.MutantBuild, mutant: Mutant, runs: Optional[int], detail: str) -> Dict[str, Optional[int]]:
        """Whether the properties of the mutant's guarantees fail, each alone; and the one that has failed already."""
        found: Dict[str, Optional[int]] = {}
        if re.match(r'G\d\d_', detail):
            found[detail[:3]] = runs
        for name in mutant.guarantees:
            if name not in found:
                found[name] = self.campaign(made, name)[0]
        return found

    def gtest(self, made: build.MutantBuild, label: str, pattern: str = '*') -> List[str]:
        program = made.program(label)
        verdict = execute([program, f'--gtest_filter={pattern}', '--gtest_fail_fast'], self.limits)
        names = failed_tests(verdict)
        return names or ([f'{label} ({verdict.text})'] if verdict.failed else [])

    def museum(self, made: build.MutantBuild, number: str) -> List[str]:
        """The tests of the museum with that number that fail."""
        return [name for name in museum_tests(self.museum_names, number) if self.gtest(made, *name.split(' '))]


def museum_tests(names: List[str], number: str) -> List[str]:
    """Of "LABEL SUITE.NAME", those whose name begins with the number."""
    return [name for name in names if name.split('.')[-1].startswith(number + '_')]


def museum_labels(root: str) -> List[str]:
    """The museum's programs: those with its tag."""
    return build.run(['bazel', 'query', 'attr(tags, "\\bmuseum\\b", tests(//tests/regressions/...))'], root).split()


def list_museum(made: build.MutantBuild, labels: List[str]) -> List[str]:
    """All tests of the museum: "LABEL SUITE.NAME"."""
    names = []
    for label in labels:
        suite = ''
        for line in build.run([made.program(label), '--gtest_list_tests'], made.folder).splitlines():
            if not line.startswith(' '):
                suite = line.split()[0] if line.endswith('.') else suite
            else:
                names.append(f'{label} {suite}{line.split()[0]}')
    return names


def kind_of(label: str) -> str:
    folder = label[2:].split(':')[0]
    return {'tests/model': 'model', 'tests/property': 'property', 'tests/regressions': 'museum'}.get(folder, 'unit')


def try_mutant(mutant: Mutant, made: build.MutantBuild, tests: Tests) -> Result:
    """The verdict on a mutant that is planted in `made`."""
    start = time.monotonic()

    museum: Dict[str, List[str]] = {}
    properties: Dict[str, Optional[int]] = {}

    def result(status: str, by: str = '', detail: str = '', runs: Optional[int] = None) -> Result:
        return Result(mutant, status, by, detail, runs, museum, properties, time.monotonic() - start)

    try:
        runs, by, detail = None, '', ''
        if made.touches(CAMPAIGN):
            runs, detail = tests.campaign(made)
            by = 'campaign' if runs is not None else ''
            if not detail.endswith('endless'):
                properties = tests.properties(made, mutant, runs, detail)
        museum.update({number: tests.museum(made, number) for number in mutant.museum})
        if not by and all(museum.values()) and museum:
            by, detail = 'museum', ' '.join(museum)
        for label in [] if by else tests.museum_labels + mutant.tests:
            names = tests.gtest(made, label) if made.touches(label) else []
            if names:
                by, detail = kind_of(label), names[0]
                break
    except build.BuildError as error:
        return result('error', detail=str(error))
    if not all(museum.values()):
        missed = ' '.join(number for number, failed in museum.items() if not failed)
        return result('survived', by, f'no test of {missed} fails', runs)
    if by:
        return result('killed', by, detail, runs)
    return result('equivalent' if mutant.equivalent else 'survived', detail=mutant.equivalent)
