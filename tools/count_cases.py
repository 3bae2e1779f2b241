#!/usr/bin/env python3
"""Adds up the test cases of the stages of `./wharf test`.

    count_cases.py FOLDER

FOLDER holds, for each stage, STAGE.exit (its exit code) and for a test run STAGE.json (Bazel's build
event file). Prints one line for each stage and then, alone on a line, "N passed, N failed". Exits with 1
when a case failed or none ran.

A case is a <testcase> of a test.xml (a GoogleTest case). A test that did not build, or that crashed
before it could say which case, counts as one that failed; so does a run that Bazel itself gave up.
"""

import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree
from typing import List, NamedTuple


# Stages that are no test run of Bazel's: one case each.
WHOLE = {'lint': 'clang-tidy', 'fuzz': 'fuzzing', 'mutants': 'planted faults'}


class Count(NamedTuple):
    passed: int
    failed: int
    problems: List[str]


def count_xml(path: str) -> Count:
    """The cases of one test.xml; a disabled or skipped case counts as neither."""
    try:
        cases = list(ElementTree.parse(path).getroot().iter('testcase'))
    except (OSError, ElementTree.ParseError):
        return Count(0, 0, [])
    passed, problems = 0, []
    for case in cases:
        if case.find('failure') is not None or case.find('error') is not None:
            problems.append(f'{case.get("classname", "")}.{case.get("name", "")}')
        elif case.get('status') != 'notrun' and case.get('result') not in ('skipped', 'suppressed'):
            passed += 1
    return Count(passed, len(problems), problems)


def _local_path(uri: str) -> str:
    return urllib.parse.unquote(urllib.parse.urlparse(uri).path)


def count_events(path: str) -> Count:
    """The cases of one `bazel test`, from its build events."""
    tests, ran, skipped = set(), set(), set()
    passed, problems = 0, []
    try:
        with open(path, encoding='utf-8') as file:
            events = [json.loads(line) for line in file if line.strip()]
    except (OSError, json.JSONDecodeError):
        return Count(0, 1, ['Bazel did not finish'])
    # A flaky test has several attempts; the last one decides.
    results = {}
    for event in events:
        identity = event.get('id', {})
        if 'targetConfigured' in identity and 'testSize' in event.get('configured', {}):
            tests.add(identity['targetConfigured']['label'])
        elif 'targetCompleted' in identity and event.get('aborted', {}).get('reason') == 'SKIPPED':
            skipped.add(identity['targetCompleted']['label'])
        elif 'testResult' in identity and 'testResult' in event:
            key = identity['testResult']
            results[key['label'], key.get('run', 1), key.get('shard', 1)] = event['testResult']
    for (label, _, _), result in sorted(results.items()):
        ran.add(label)
        count = Count(0, 0, [])
        for output in result.get('testActionOutput', []):
            if output.get('name') == 'test.xml':
                count = count_xml(_local_path(output.get('uri', '')))
        passed += count.passed
        problems += [f'{label}: {problem}' for problem in count.problems]
        if result.get('status') != 'PASSED' and not count.problems:
            problems.append(f'{label}: {result.get("status")}')
        elif result.get('status') == 'PASSED' and count == Count(0, 0, []):
            problems.append(f'{label}: passed, but ran no case')
    problems += [f'{label}: did not build' for label in sorted(tests - ran - skipped)]
    return Count(passed, len(problems), problems)


def count_stage(folder: str, stage: str) -> Count:
    with open(os.path.join(folder, f'{stage}.exit'), encoding='utf-8') as file:
        exit_code = int(file.read())
    if stage in WHOLE:
        return Count(0, 1, [f'{WHOLE[stage]}, see above']) if exit_code else Count(1, 0, [])
    count = count_events(os.path.join(folder, f'{stage}.json'))
    if exit_code != 0 and count.failed == 0:
        count = Count(count.passed, 1, [f'Bazel ended with {exit_code}'])
    return count


def main() -> int:
    folder = sys.argv[1]
    stages = sorted(name[:-len('.exit')] for name in os.listdir(folder) if name.endswith('.exit'))
    counts = {stage: count_stage(folder, stage) for stage in stages}
    for stage, count in counts.items():
        for problem in count.problems:
            print(f'FAILED in {stage}: {problem}')
    for stage, count in counts.items():
        print(f'{stage}: {count.passed} ok, {count.failed} not ok')
    passed = sum(count.passed for count in counts.values())
    failed = sum(count.failed for count in counts.values())
    print(f'{passed} passed, {failed} failed')
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(main())
