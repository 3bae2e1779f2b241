#!/usr/bin/env python3
"""The tree obeys tidy.py: one case for each rule."""

import sys
import unittest

sys.dont_write_bytecode = True  # the checkout stays as it is

import case_report  # noqa: E402
import tidy  # noqa: E402


class TreeTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.root = case_report.checkout()
        cls.sources = tidy.read_tree(cls.root)
        cls.violations = tidy.check_tree(cls.root)

    def test_finds_the_tree(self):
        paths = {source.path for source in self.sources}
        self.assertIn('bazel/wharf.bzl', paths)
        self.assertIn('tests/tidy/tidy.py', paths)

    def test_long_files_still_exist(self):
        paths = {source.path for source in self.sources}
        self.assertEqual([path for path in tidy.LONG_FILES if path not in paths], [])


def _add_case(rule):

    def case(self):
        found = [str(violation) for violation in self.violations if violation.rule == rule]
        self.assertFalse(found, '\n' + '\n'.join(found))

    setattr(TreeTest, f'test_{rule}', case)


for _rule in [*tidy.FILE_RULES, 'built']:
    _add_case(_rule)

if __name__ == '__main__':
    case_report.main()
