"""Runs unittest cases as a Bazel test: each case is listed in the test.xml that Bazel asks for."""

import os
import sys
import time
import unittest
from xml.sax.saxutils import escape, quoteattr


class _Result(unittest.TextTestResult):

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cases = []  # (test, seconds, what went wrong or '')
        self._started = 0.0

    def startTest(self, test):
        super().startTest(test)
        self._started = time.monotonic()

    def _record(self, test, problem=''):
        self.cases.append((test, time.monotonic() - self._started, problem))

    def addSuccess(self, test):
        super().addSuccess(test)
        self._record(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._record(test, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._record(test, self.errors[-1][1])


def _write_xml(path, cases):
    with open(path, 'w', encoding='utf-8') as file:
        failed = sum(1 for _, _, problem in cases if problem)
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write(f'<testsuites><testsuite name="tidy" tests="{len(cases)}" failures="{failed}">\n')
        for test, seconds, problem in cases:
            name = quoteattr(test.id().split('.')[-1])
            file.write(f'<testcase name={name} classname={quoteattr(type(test).__name__)} time="{seconds:.3f}">')
            if problem:
                file.write(f'<failure>{escape(problem)}</failure>')
            file.write('</testcase>\n')
        file.write('</testsuite></testsuites>\n')


def checkout() -> str:
    """The root of the checkout. A test that looks at the whole tree runs outside the sandbox, on the real files."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


def main() -> None:
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
    result = unittest.TextTestRunner(resultclass=_Result).run(suite)
    if os.environ.get('XML_OUTPUT_FILE'):
        _write_xml(os.environ['XML_OUTPUT_FILE'], result.cases)
    sys.exit(0 if result.wasSuccessful() and result.cases else 1)
