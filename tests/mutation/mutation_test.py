#!/usr/bin/env python3
"""The parts of the mutation runner that can be tested without Bazel."""

import os
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True  # the checkout stays as it is
HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, 'tests', 'tidy')]

import build  # noqa: E402
import case_report  # noqa: E402
import mutants  # noqa: E402
import report  # noqa: E402
import trial  # noqa: E402
from work_folder import BusyError, WorkFolder  # noqa: E402

TEXT = """# An area.
tests: //a:b_test

== one: G01 R07
file: engine/x.cc
breaks: Something.
-  a();
-  b();
+  b();

== two: G02
file: engine/x.cc
breaks: Something else.
tests: //c:d_test //e:f_test
equivalent: Because.
-c
+d
file: engine/y.cc
-e
+f
"""


def result(name, status='killed', by='campaign', runs=1, about='G01', museum=None, area='area', properties=None):
    mutant = mutants.Mutant(name, area, about.split(), 'breaks', [], [], '')
    return trial.Result(mutant, status, by, 'detail', runs, museum or {}, properties or {}, 1.0)


class ParseTest(unittest.TestCase):

    def test_reads_a_file(self):
        one, two = mutants.parse(TEXT, 'area')
        self.assertEqual((one.name, one.area, one.about), ('one', 'area', ['G01', 'R07']))
        self.assertEqual((one.guarantees, one.museum), (['G01'], ['R07']))
        self.assertEqual(one.breaks, 'Something.')
        self.assertEqual(one.tests, ['//a:b_test'])
        self.assertEqual(one.replacements, [mutants.Replacement('engine/x.cc', '  a();\n  b();', '  b();')])
        self.assertEqual(two.tests, ['//c:d_test', '//e:f_test'])
        self.assertEqual(two.equivalent, 'Because.')
        self.assertEqual([part.file for part in two.replacements], ['engine/x.cc', 'engine/y.cc'])

    def test_refuses_what_it_cannot_read(self):
        for bad in ('nonsense\n', '== one: G01\nfile: x\n-a\n+b\n', '== one: G01\nbreaks: x\n',
                    '== one: G01\nbreaks: x\nfile: y\n-a\n+a\n', '== one: G01\nbreaks: x\nfile: y\n+a\n',
                    '-a\n', '== One: G01\n', '== one:\n'):
            with self.assertRaises(mutants.MutantError, msg=bad):
                mutants.parse(bad, 'area')

    def test_names_are_unique(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ('a.mutants', 'b.mutants'):
                with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
                    file.write('== one: G01\nbreaks: x\nfile: y\n-a\n+b\n')
            with self.assertRaises(mutants.MutantError):
                mutants.load(folder)

    def test_selects(self):
        found = [mutants.Mutant(f'{"even" if i % 2 == 0 else "odd"}-{i}', 'area', ['R07'] if i == 3 else ['G01'], '',
                                [], [], '') for i in range(40)]
        self.assertEqual(len(mutants.select(found)), 40)
        self.assertEqual([mutant.name for mutant in mutants.select(found, 'even', 1)], ['even-2', 'even-22'])
        self.assertEqual([mutant.name for mutant in mutants.select(found, 'R07')], ['odd-3'])
        self.assertEqual([mutant.name for mutant in mutants.select(found, 'R07,even-38')], ['odd-3', 'even-38'])
        self.assertEqual(sorted(mutant.name for tenth in range(10) for mutant in mutants.select(found, '', tenth)),
                         sorted(mutant.name for mutant in found))


class MutateTest(unittest.TestCase):

    def mutate(self, text, old, new):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, 'x'), 'w', encoding='utf-8') as file:
                file.write(text)
            mutant = mutants.Mutant('m', 'area', [], '', [], [mutants.Replacement('x', old, new)], '')
            return mutants.mutate(mutant, folder)

    def test_replaces(self):
        self.assertEqual(self.mutate('abc', 'b', 'x'), {'x': 'axc'})

    def test_the_text_must_be_there_once(self):
        for text in ('abcb', 'ac'):
            with self.assertRaises(mutants.MutantError):
                self.mutate(text, 'b', 'x')

    def test_the_file_must_be_there(self):
        mutant = mutants.Mutant('m', 'area', [], '', [], [mutants.Replacement('no', 'a', 'b')], '')
        with self.assertRaises(mutants.MutantError):
            mutants.mutate(mutant, ROOT)


class BuildTest(unittest.TestCase):

    ACTIONS = [
        {'mnemonic': 'CppCompile', 'arguments': ['gcc', '-Werror', '-MD', '-MF', 'o/bin/engine/a.d', '-c',
                                                 'engine/a.cc', '-o', 'o/bin/engine/a.o']},
        {'mnemonic': 'CppCompile', 'arguments': ['gcc', '-c', 'external/x/b.cc', '-o', 'o/bin/external/x/b.o']},
        {'mnemonic': 'CppLink', 'arguments': ['gcc', '-o', 'o/bin/tests/p', 'o/bin/engine/a.o',
                                              'o/bin/external/x/b.o']},
        {'mnemonic': 'CppLink', 'arguments': ['gcc', '-shared', '-o', 'o/bin/engine/a.so', 'o/bin/engine/a.o']},
    ]

    def test_plan_knows_our_objects_and_programs(self):
        plan = build.Plan(self.ACTIONS)
        self.assertEqual(list(plan.objects), ['o/bin/engine/a.o'])
        self.assertEqual(plan.programs['//tests:p'].objects, ['o/bin/engine/a.o'])
        self.assertEqual(list(plan.programs), ['//tests:p'])

    def test_commands_have_outputs_of_our_own(self):
        step = build.Plan(self.ACTIONS).objects['o/bin/engine/a.o']
        command = build.compile_command(step, 'mine/a.o')
        self.assertNotIn('-Werror', command)
        self.assertEqual(command[command.index('-o') + 1], 'mine/a.o')
        self.assertEqual(command[command.index('-MF') + 1], 'mine/a.o.d')
        self.assertEqual(command[-2:], ['-w', '-O1'])

    def test_dependencies_are_our_sources_only(self):
        with tempfile.NamedTemporaryFile('w', suffix='.d') as file:
            file.write('a.o: engine/a.cc engine/./a.h \\\n /usr/include/x.h external/x/b.h \\\n sim/b.h\n')
            file.flush()
            self.assertEqual(build.read_dependencies(file.name), {'engine/a.cc', 'engine/a.h', 'sim/b.h'})


    def test_lines_are_those_with_code(self):
        table = ('CU: ./engine/a.cc:\nFile name  Line number  Starting address  View  Stmt\n'
                 'a.cc    12   0   x\nb.h     7    0x14    1   x\n./engine/c.h:\nc.h  -  0x20\nmap.h  9  0x24\n')
        self.assertEqual(build.read_lines(table), {'a.cc', 'b.h', 'map.h'})

    def test_objects_change_with_what_they_have_code_from(self):
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(os.path.join(folder, 'root', 'engine'))
            for name, text in (('a.cc', '#include "engine/a.h"\nint A() { return Used(); }\n'),
                               ('a.h', '#include "engine/b.h"\ninline int Used() { return 1; }\n'),
                               ('b.h', 'inline int Unused() { return 2; }\n')):
                with open(os.path.join(folder, 'root', 'engine', name), 'w', encoding='utf-8') as file:
                    file.write(text)
            action = {'mnemonic': 'CppCompile',
                      'arguments': ['g++', '-iquote', '.', '-MD', '-MF', 'x.d', '-c', 'engine/a.cc', '-o',
                                    'o/bin/engine/a.o']}
            sources = build.Sources(os.path.join(folder, 'copy'), os.path.join(folder, 'root'), {})
            builder = build.Builder(build.Plan([action]), sources, os.path.join(folder, 'objects'))
            self.assertEqual([builder.changes('o/bin/engine/a.o', {name})
                              for name in ('engine/a.cc', 'engine/a.h', 'engine/b.h', 'engine/c.h')],
                             [True, True, False, False])


    def test_objects_of_another_checkout_are_compared_before_they_are_used(self):
        with tempfile.TemporaryDirectory() as parent:
            def make(root: str, text: str) -> WorkFolder:
                os.makedirs(os.path.join(parent, root, 'engine'))
                for name, content in (('a.cc', text), ('b.cc', 'int B() { return 1; }\n')):
                    with open(os.path.join(parent, root, 'engine', name), 'w', encoding='utf-8') as file:
                        file.write(content)
                work = WorkFolder(os.path.join(parent, 'cache'), root)
                sources = build.Sources(os.path.join(parent, 'copy-' + root), os.path.join(parent, root), {})
                compiled = [{'mnemonic': 'CppCompile',
                             'arguments': ['g++', '-iquote', '.', '-MD', '-MF', 'x.d', '-c', f'engine/{name}.cc', '-o',
                                           f'o/bin/engine/{name}.o']} for name in 'ab']
                linked = {'mnemonic': 'CppLink', 'arguments': ['g++', '-o', 'o/bin/p', 'o/bin/engine/a.o',
                                                               'o/bin/engine/b.o']}
                builder = build.Builder(build.Plan([*compiled, linked]), sources, work.objects)
                builder.objects(['//:p'], jobs=2)
                return work

            first = make('first', 'int A() { return 1; }\n')
            with self.assertRaises(BusyError):
                WorkFolder(os.path.join(parent, 'cache'), 'first')
            alone = make('second', 'int A() { return 2; }\n')  # the first is busy
            first.close()
            alone.close()
            os.utime(first.path)
            with mock.patch.object(build, 'run', wraps=build.run) as run:
                make('third', 'int A() { return 3; }\n').close()
            self.assertEqual([call.args[0][call.args[0].index('-c') + 1] for call in run.call_args_list],
                             ['engine/a.cc'])


class TrialTest(unittest.TestCase):

    LIMITS = trial.Limits(cpu_seconds=1, wall_seconds=2)

    def test_tells_how_a_program_ends(self):
        self.assertFalse(trial.execute(['true'], self.LIMITS).failed)
        self.assertEqual(trial.execute(['sh', '-c', 'echo x; exit 3'], self.LIMITS), (True, 'exit 3', 'x\n'))
        self.assertEqual(trial.execute(['sh', '-c', 'kill -SEGV $$'], self.LIMITS).text, 'SIGSEGV')

    def test_ends_what_hangs(self):
        self.assertEqual(trial.execute(['sh', '-c', 'while :; do :; done'], self.LIMITS).text, 'hangs')
        self.assertEqual(trial.execute(['sleep', '60'], self.LIMITS).text, 'hangs')

    def test_names_failed_tests(self):
        failed = trial.Verdict(True, 'exit 1', '[ RUN      ] A.B\n[  FAILED  ] A.B (1 ms)\n[  FAILED  ] A.B\n')
        self.assertEqual(trial.failed_tests(failed), ['A.B'])
        crashed = trial.Verdict(True, 'SIGSEGV', '[ RUN      ] A.B\n[       OK ] A.B\n[ RUN      ] A.C\n')
        self.assertEqual(trial.failed_tests(crashed), ['A.C'])
        self.assertEqual(trial.failed_tests(trial.Verdict(False, 'exit 0', failed.output)), [])

    def test_museum_tests_by_number(self):
        names = ['//t:x A.R01_First', '//t:x A.R01_Second', '//t:y B.R10_Third']
        self.assertEqual(trial.museum_tests(names, 'R01'), names[:2])
        self.assertEqual(trial.museum_tests(names, 'R1'), [])

    def test_kinds(self):
        self.assertEqual([trial.kind_of(label) for label in ('//engine:x', '//tests/model:y', '//tests/regressions:z')],
                         ['unit', 'model', 'museum'])


class ReportTest(unittest.TestCase):

    RESULTS = [
        result('a', runs=5), result('b', runs=100), result('c', runs=7), result('d', by='unit', runs=None),
        result('e', 'survived', '', None), result('f', 'error', '', None), result('g', 'equivalent', '', None),
        result('h', by='museum', runs=None, about='R01 R02', museum={'R01': ['//t:x A.R01_B'], 'R02': []}),
    ]

    def test_score(self):
        score = report.score(self.RESULTS)
        self.assertEqual((score['killed'], score['total'], score['percent']), (5, 7, 71.4))
        self.assertEqual(score['by'], {'campaign': 3, 'museum': 1, 'model': 0, 'property': 0, 'unit': 1})
        self.assertEqual(score['median_runs'], 7)
        self.assertEqual(score['museum'], {'total': 2, 'killed': 1})
        self.assertEqual((score['survived'], score['errors'], score['equivalent']), (['e'], ['f'], ['g']))

    def test_good(self):
        good = [result(f'm{i}') for i in range(20)]
        self.assertTrue(report.good(good))
        self.assertTrue(report.good(good[1:] + [result('x', 'survived', '', None)]))
        self.assertFalse(report.good(good[2:] + [result(f'x{i}', 'survived', '', None) for i in range(2)]))
        self.assertFalse(report.good(good + [result('x', 'error', '', None)]))
        self.assertFalse(report.good(good + [result('x', museum={'R01': []})]))
        self.assertFalse(report.good([result(f'm{i}', runs=1001) for i in range(20)]))

    def test_idle_museum_tests(self):
        names = ['//t:x A.R01_B', '//t:x A.R01_C']
        self.assertEqual(report.idle_museum_tests(self.RESULTS, names), ['A.R01_C'])

    def test_properties(self):
        results = [result('a', properties={'G01': 7, 'G02': None}), result('b', properties={'G01': 3, 'G05': 9})]
        self.assertEqual(report.idle_properties(results),
                         [f'G{number:02}' for number in range(1, 19) if number not in (1, 5)])
        lines = report.guarantees(results)
        self.assertEqual(lines[1].split(), 'G01 2 2 2 mutants, b in run 3'.split())
        self.assertEqual(lines[2].split(), 'G02 0 0 0 mutants'.split())

    def test_resumes_with_what_was_killed(self):
        planned = [item.mutant for item in self.RESULTS]
        rows = report.as_json([item._replace(fingerprint='old') for item in self.RESULTS], planned)['mutants']
        fingerprints = {mutant.name: 'old' for mutant in planned}
        fingerprints['b'] = 'new'
        kept = report.killed_before(rows, planned, fingerprints)
        self.assertEqual([item.mutant.name for item in kept], ['a', 'c', 'd', 'g', 'h'])
        self.assertEqual(kept[0], self.RESULTS[0]._replace(fingerprint='old'))

    def test_text_is_the_same_for_the_same_results(self):
        planned = [item.mutant for item in self.RESULTS]
        text = report.text(self.RESULTS, planned)
        self.assertEqual(text, report.text(self.RESULTS, planned))
        self.assertIn('killed 5 of 7 (71.4 %', text)
        self.assertNotIn('NOT COMPLETE', text)
        self.assertIn('NOT COMPLETE: 8 of 9', report.text(self.RESULTS, planned + planned[:1]))
        self.assertEqual(report.as_json(self.RESULTS, planned)['score'], report.score(self.RESULTS))


if __name__ == '__main__':
    case_report.main()
