#!/usr/bin/env python3
"""Tests of simulator.py: from what the programs print to rows."""

import sys
import unittest

sys.dont_write_bytecode = True  # the checkout stays as it is

import report  # noqa: E402
import simulator  # noqa: E402


def entry(name, aggregate, rate):
    return {'run_name': name, 'aggregate_name': aggregate, 'items_per_second': rate}


class SimulatorTest(unittest.TestCase):

    def test_the_median_of_the_repetitions_counts(self):
        printed = {'benchmarks': [entry('a', 'mean', 1.0), entry('a', 'median', 2.0), entry('a', 'stddev', 3.0)]}
        self.assertEqual(simulator.medians(printed)['a']['items_per_second'], 2.0)

    def test_a_rate_becomes_the_time_for_one(self):
        fast = {simulator.KERNEL: {'Run/NopPlain': {'items_per_second': 20e6}}}
        row = simulator.rows(fast)[0]
        self.assertEqual(row['subject_ns'], 50)
        self.assertFalse(report.judge(row).missed)
        slow = {simulator.KERNEL: {'Run/NopPlain': {'items_per_second': 9e6}}}
        self.assertTrue(report.judge(simulator.rows(slow)[0]).missed)

    def test_what_no_program_reported_has_failed(self):
        rows = simulator.rows({})
        self.assertEqual(len(report.failed(rows)), len(rows))


if __name__ == '__main__':
    unittest.main()
