#!/usr/bin/env python3
"""Every C++ file is formatted as .clang-format says. To format: clang-format-19 -i FILES."""

import subprocess
import sys
import unittest

sys.dont_write_bytecode = True  # the checkout stays as it is

import case_report  # noqa: E402
import tidy  # noqa: E402


class FormatTest(unittest.TestCase):

    def test_clang_format_has_nothing_to_change(self):
        root = case_report.checkout()
        files = [source.path for source in tidy.read_tree(root) if source.is_cpp]
        self.assertTrue(files)
        result = subprocess.run(['clang-format-19', '--dry-run', '-Werror', '--ferror-limit=1', *files],
                                cwd=root, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual(result.returncode, 0, '\n' + result.stdout)


if __name__ == '__main__':
    case_report.main()
