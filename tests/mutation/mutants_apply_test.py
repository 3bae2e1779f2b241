#!/usr/bin/env python3
"""Every mutant still fits the tree: its text occurs exactly once in its file. A change of the code that moves such
a text moves the mutant along, in the same commit."""

import os
import sys
import unittest

sys.dont_write_bytecode = True  # the checkout stays as it is
HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, 'tests', 'tidy')]

import case_report  # noqa: E402
import mutants  # noqa: E402


class MutantsApplyTest(unittest.TestCase):

    def test_each_fits_the_tree(self):
        problems = []
        for mutant in mutants.load():
            try:
                mutants.mutate(mutant, ROOT)
            except mutants.MutantError as error:
                problems.append(str(error))
        self.assertFalse(problems, '\n\n' + '\n\n'.join(problems))

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(mutants.load()), 130)

    def test_every_guarantee_has_some(self):
        about = {number for mutant in mutants.load() for number in mutant.guarantees}
        self.assertEqual(sorted(about), [f'G{number:02}' for number in range(1, 19)])

    def test_what_cannot_be_killed_is_rare_and_says_why(self):
        equivalent = [mutant for mutant in mutants.load() if mutant.equivalent]
        self.assertLessEqual(len(equivalent), 15)
        for mutant in equivalent:
            self.assertGreater(len(mutant.equivalent), 60, mutant.name)


if __name__ == '__main__':
    case_report.main()
