#!/usr/bin/env python3
"""Tests of tools/count_cases.py: nothing that failed is counted as passed, and nothing is overlooked."""

import json
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # the checkout stays as it is

import case_report  # noqa: E402

sys.path.insert(0, os.path.join(case_report.checkout(), 'tools'))
import count_cases  # noqa: E402


class CountCasesTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.events = []

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def add_test(self, label):
        self.events.append({'id': {'targetConfigured': {'label': label}}, 'configured': {'testSize': 'SMALL'}})

    def add_result(self, label, status, cases=None, **identity):
        result = {'status': status}
        if cases is not None:
            path = self.write(f'{len(self.events)}.xml', f'<testsuites><testsuite>{cases}</testsuite></testsuites>')
            result['testActionOutput'] = [{'name': 'test.xml', 'uri': f'file://{path}'}]
        self.events.append({'id': {'testResult': {'label': label, **identity}}, 'testResult': result})

    def count(self, exit_code=0):
        self.write('default.json', ''.join(json.dumps(event) + '\n' for event in self.events))
        self.write('default.exit', str(exit_code))
        return count_cases.count_stage(self.folder, 'default')

    def test_counts_cases_not_programs(self):
        self.add_test('//a')
        self.add_result('//a', 'PASSED', '<testcase name="x"/><testcase name="y"/>')
        self.assertEqual(self.count(), (2, 0, []))

    def test_counts_each_shard_and_run(self):
        self.add_test('//a')
        for shard in (1, 2):
            self.add_result('//a', 'PASSED', '<testcase name="x"/>', shard=shard)
        self.assertEqual(self.count().passed, 2)

    def test_the_last_attempt_decides(self):
        self.add_test('//a')
        self.add_result('//a', 'FAILED', '<testcase name="x"><failure/></testcase>', attempt=1)
        self.add_result('//a', 'PASSED', '<testcase name="x"/>', attempt=2)
        self.assertEqual(self.count(), (1, 0, []))

    def test_disabled_and_skipped_cases_are_neither(self):
        self.add_test('//a')
        self.add_result('//a', 'PASSED', '<testcase name="x"/><testcase name="y" status="notrun"/>'
                        '<testcase name="z" status="run" result="skipped"/>')
        self.assertEqual(self.count(), (1, 0, []))

    def test_a_failed_case_is_named(self):
        self.add_test('//a')
        self.add_result('//a', 'FAILED', '<testcase name="x"/><testcase classname="C" name="y"><failure/></testcase>')
        self.assertEqual(self.count(3), (1, 1, ['//a: C.y']))

    def test_a_crash_or_time_out_without_cases_is_one_failure(self):
        for status in ('FAILED', 'TIMEOUT'):
            self.events.clear()
            self.add_test('//a')
            self.add_result('//a', status)
            self.assertEqual(self.count(3), (0, 1, [f'//a: {status}']))

    def test_a_test_that_did_not_build_is_one_failure(self):
        self.add_test('//a')
        self.assertEqual(self.count(1), (0, 1, ['//a: did not build']))

    def test_a_test_for_another_platform_is_neither(self):
        self.add_test('//a')
        self.add_result('//a', 'PASSED', '<testcase name="x"/>')
        self.add_test('//b')
        self.events.append({'id': {'targetCompleted': {'label': '//b'}}, 'aborted': {'reason': 'SKIPPED'}})
        self.assertEqual(self.count(), (1, 0, []))

    def test_an_empty_program_is_a_failure(self):
        self.add_test('//a')
        self.add_result('//a', 'PASSED', '')
        self.assertEqual(self.count().failed, 1)

    def test_an_exit_code_that_nothing_explains_is_a_failure(self):
        self.assertEqual(self.count(4), (0, 1, ['Bazel ended with 4']))

    def test_a_stage_that_is_no_test_run_is_one_case(self):
        for stage in ('lint', 'fuzz', 'mutants'):
            self.write(f'{stage}.exit', '0')
            self.assertEqual(count_cases.count_stage(self.folder, stage), (1, 0, []))
            self.write(f'{stage}.exit', '1')
            self.assertEqual(count_cases.count_stage(self.folder, stage).failed, 1)

    def test_a_run_without_events_is_a_failure(self):
        self.write('default.exit', '37')
        self.assertEqual(count_cases.count_stage(self.folder, 'default').failed, 1)


if __name__ == '__main__':
    case_report.main()
