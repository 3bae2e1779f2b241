#!/usr/bin/env python3
"""Tests of report.py: verdicts and the table."""

import sys
import unittest

sys.dont_write_bytecode = True  # the checkout stays as it is

import report  # noqa: E402


def row(**fields):
    return {'name': 'nop', 'base': 'raw liburing', 'base_ns': 40.0, 'subject_ns': 50.0, 'ratio': 1.25, **fields}


class JudgeTest(unittest.TestCase):

    def test_a_ratio_at_the_target_meets_it(self):
        self.assertEqual(report.judge(row(max_ratio=1.25)), report.Verdict('met', False))

    def test_a_ratio_over_the_target_misses_it(self):
        self.assertEqual(report.judge(row(max_ratio=1.24)), report.Verdict('MISSED', True))

    def test_a_target_without_a_ratio_is_missed(self):
        self.assertTrue(report.judge(row(ratio=None, max_ratio=1.3)).missed)

    def test_a_target_in_nanoseconds_is_about_the_engine(self):
        self.assertEqual(report.judge(row(max_ns=50)), report.Verdict('met', False))
        self.assertEqual(report.judge(row(max_ns=49)), report.Verdict('MISSED', True))

    def test_a_goal_is_reported_and_never_missed(self):
        self.assertEqual(report.judge(row(max_ratio=1.3, goal_ratio=1.2)), report.Verdict('met, goal not yet', False))
        self.assertEqual(report.judge(row(goal_ratio=1.3)), report.Verdict('goal met', False))

    def test_a_goal_of_two_parts_is_met_when_both_are(self):
        goals = {'goal_ratio': 1.3, 'goal_instructions': 110}
        self.assertEqual(report.judge(row(**goals, subject_instructions=111)).text, 'goal not yet')
        self.assertEqual(report.judge(row(**goals, subject_instructions=110)).text, 'goal met')

    def test_a_goal_in_nanoseconds_is_about_the_engine(self):
        self.assertEqual(report.judge(row(goal_ns=50)).text, 'goal met')
        self.assertEqual(report.judge(row(goal_ns=49)).text, 'goal not yet')

    def test_instructions_that_were_not_counted_decide_nothing(self):
        self.assertEqual(report.judge(row(goal_ratio=1.3, goal_instructions=110)).text, 'goal met')

    def test_a_skipped_row_is_neither_met_nor_missed(self):
        skipped = {'name': 'x', 'max_ratio': 1.0, 'skip_reason': 'no disk'}
        self.assertEqual(report.judge(skipped), report.Verdict('skipped', False))

    def test_a_row_that_broke_has_failed_whatever_its_numbers(self):
        broken = row(max_ratio=1.3, failure='wharf died')
        self.assertEqual(report.judge(broken), report.Verdict('FAILED', True))
        self.assertEqual(report.failed([row(), broken]), ['nop'])
        self.assertTrue(report.table([broken]).endswith('nop: wharf died'))

    def test_a_row_that_is_skipped_has_not_failed(self):
        self.assertEqual(report.failed([{'name': 'x', 'skip_reason': 'no disk'}]), [])

    def test_missed_names_the_rows(self):
        rows = [row(name='a', max_ratio=1.3), row(name='b', max_ratio=1.1), row(name='c')]
        self.assertEqual(report.missed(rows), ['b'])


class TableTest(unittest.TestCase):

    def test_every_line_is_as_wide_as_the_heading(self):
        rows = [row(max_ratio=1.3, spread=0.02, cpu_ratio=1.31, base_instructions=51.7, subject_instructions=259),
                {'name': 'no kernel', 'base': None, 'subject_ns': 12345.0}]
        lines = report.table(rows).split('\n')
        self.assertEqual({len(line) for line in lines}, {len(lines[0])})
        self.assertIn('1.25 ±2 %', lines[2])
        self.assertIn('1.31', lines[2])
        self.assertIn('12,345', lines[3])

    def test_another_base_is_named(self):
        self.assertIn('nop (against Wharf without deadlines)', report.table([row(base='Wharf without deadlines')]))

    def test_the_reason_of_a_skip_stands_below(self):
        text = report.table([{'name': 'x', 'skip_reason': 'the disk is full'}])
        self.assertTrue(text.endswith('x: the disk is full'))


if __name__ == '__main__':
    unittest.main()
