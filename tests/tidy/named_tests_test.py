#!/usr/bin/env python3
"""Tests of named_tests.py, the last of them on the tree itself."""

import sys
import unittest

sys.dont_write_bytecode = True  # the checkout stays as it is

import case_report  # noqa: E402
import named_tests  # noqa: E402
import tidy  # noqa: E402

_TREE = [
    tidy.Source('engine/BUILD.bazel', 'wharf_cc_test(\n    name = "drop_test",\n)\n'),
    tidy.Source('engine/drop_test.cc', 'TEST(DropTest, G02_MemoryStaysHere) {}\nTEST_F(DropTest,\n       TheLastOneCounts) {}\n'),
    tidy.Source('engine/other_test.cc', 'TYPED_TEST(OtherTest, R09_NobodyIsHit) {}\n'),
    tidy.Source('engine/options.h', 'struct ManyEngineOptions {};\n'),
    tidy.Source('tests/property/focus.cc', 'add("G05_NothingAfterAStop");\n'),
]


def missing(text):
    return named_tests.unknown_names(text, named_tests.know(_TREE))


class NamedTestsTest(unittest.TestCase):

    def test_accepts_what_exists(self):
        for text in ('`//engine:drop_test`, `//engine:all`, `//engine`', 'engine/drop_test, drop_test',
                     'G02_MemoryStaysHere, TheLastOneCounts', 'drop_test `G02_*`', 'other_test R09', 'ManyEngineOptions',
                     'property `G05_NothingAfterAStop`', 'README of SQPOLL, and A Name In Words'):
            self.assertEqual(missing(text), [], text)

    def test_reports_a_label(self):
        self.assertEqual(missing('`//engine:gone_test`'), ['//engine:gone_test is no target'])
        self.assertEqual(missing('`//gone:drop_test`'), ['//gone is no package'])

    def test_reports_a_program(self):
        self.assertEqual(missing('gone_test, drop_test'), ['gone_test is no test program'])
        self.assertEqual(missing('tests/drop_test'), ['tests/drop_test is no test program'])

    def test_reports_a_name(self):
        self.assertEqual(missing('G02_MemoryStaysThere'), ['G02_MemoryStaysThere is no test'])
        self.assertEqual(missing('drop TheFirstOneCounts'), ['TheFirstOneCounts is no test'])

    def test_reports_a_pattern_that_one_of_the_programs_has_not(self):
        self.assertEqual(missing('other_test, drop_test `G02_*`'), ['other_test has no G02_*'])

    def test_reports_a_number(self):
        self.assertEqual(missing('cancel R08; drop G02'), ['no test begins with R08'])

    def test_a_name_in_a_comment_does_not_count(self):
        sources = _TREE + [tidy.Source('engine/more.h', '// SomeNameOfOld is gone.\n')]
        self.assertEqual(named_tests.unknown_names('SomeNameOfOld', named_tests.know(sources)), ['SomeNameOfOld is no test'])

    def test_the_documents_name_what_exists(self):
        sources = tidy.read_tree(case_report.checkout())
        paths = {source.path for source in sources}
        self.assertEqual([path for path in named_tests.DOCUMENTS if path not in paths], [])
        problems = named_tests.check(sources)
        self.assertFalse(problems, '\n' + '\n'.join(problems))


if __name__ == '__main__':
    case_report.main()
