#!/usr/bin/env python3
"""Tests of tidy.py itself: it reports each planted violation, and nothing about good code."""

import os
import sys
import tempfile
import textwrap
import unittest

sys.dont_write_bytecode = True  # the checkout stays as it is

import case_report  # noqa: E402
import tidy  # noqa: E402


def found(path, text):
    """What the rules about single files say of a file: a list of (rule, line)."""
    source = tidy.Source(path, textwrap.dedent(text))
    return [(violation.rule, violation.line) for check in tidy.FILE_RULES.values() for violation in check(source)]


def in_header(body):
    """The lines of undocumented declarations in a header with this body; line 1 is the body's first."""
    body = textwrap.dedent(body)
    text = '#ifndef WHARF_ENGINE_A_H_\n#define WHARF_ENGINE_A_H_\n' + body + '#endif  // WHARF_ENGINE_A_H_\n'
    return [line - 2 for rule, line in found('engine/a.h', text) if rule == 'documented']


class GuardTest(unittest.TestCase):

    def test_accepts_the_path_as_guard(self):
        self.assertEqual(found('engine/port.h', '''\
            // What it is.

            #ifndef WHARF_ENGINE_PORT_H_
            #define WHARF_ENGINE_PORT_H_
            #endif  // WHARF_ENGINE_PORT_H_
            '''), [])

    def test_reports_another_guard(self):
        self.assertEqual(found('engine/port.h', '''\
            #ifndef WHARF_PORT_H_
            #define WHARF_PORT_H_
            #endif  // WHARF_PORT_H_
            '''), [('guard', 1)])

    def test_reports_pragma_once(self):
        self.assertEqual(found('tools/a.h', '#pragma once\n'), [('guard', 1)])

    def test_reports_an_unnamed_endif(self):
        self.assertEqual(found('tools/a.h', '''\
            #ifndef WHARF_TOOLS_A_H_
            #define WHARF_TOOLS_A_H_
            #endif
            '''), [('guard', 3)])


class LengthTest(unittest.TestCase):

    def test_accepts_500_lines(self):
        self.assertEqual(found('tools/a.cc', 'int x;\n' * 500), [])

    def test_reports_501_lines_without_a_reason(self):
        self.assertEqual(found('tools/a.cc', 'int x;\n' * 501), [('length', 500)])

    def test_accepts_a_reason_up_to_1000_lines(self):
        tidy.LONG_FILES['tools/a.cc'] = 'a table'
        self.addCleanup(tidy.LONG_FILES.pop, 'tools/a.cc')
        self.assertEqual(found('tools/a.cc', 'int x;\n' * 1000), [])
        self.assertEqual(found('tools/a.cc', 'int x;\n' * 1001), [('length', 1000)])


class PurityTest(unittest.TestCase):

    PLANTED = [
        '#include <sys/socket.h>', '#include <unistd.h>', '#include <fcntl.h>', '#include <windows.h>',
        '#include <winsock2.h>', '#include <liburing.h>', '#include "liburing.h"', '#include <libaio.h>',
        '#include <thread>', '#include <mutex>', '#include <condition_variable>', '#include <random>',
        '#include <time.h>', '#include <ctime>', '#include "absl/random/random.h"',
        'auto t = std::chrono::steady_clock::now();', 'auto t = absl::Now();', 'absl::Clock* clock;',
        'int x = rand();', 'int x = std::rand();', 'srand(1);', 'std::random_device device;', 'std::mt19937_64 r;',
        'std::thread t;', 'std::mutex m;', 'auto x = time(nullptr);', 'std::unordered_map<int, int> m;',
        'absl::flat_hash_set<int> s;', 'absl::node_hash_map<int, int> m;', 'const char* x = std::getenv(name);',
    ]

    def test_reports_each_planted_line_in_engine_and_sim(self):
        for line in self.PLANTED:
            for path in ('engine/a.cc', 'sim/a.cc'):
                with self.subTest(line=line, path=path):
                    self.assertEqual(found(path, line + '\n'), [('purity', 1)])

    def test_says_nothing_elsewhere_or_in_tests(self):
        for line in self.PLANTED:
            for path in ('backends/io_uring/a.cc', 'tools/a.cc', 'engine/a_test.cc'):
                with self.subTest(line=line, path=path):
                    self.assertEqual(found(path, line + '\n'), [])

    def test_says_nothing_of_comments_strings_and_other_names(self):
        for line in ('// std::mutex is not used here', 'Log("rand()");', 'int operand(int);', 'clock.Now();',
                     'port->time(0);', 'std::set<int> s;', '/* #include <thread> */', "int x = 1'000'000;"):
            with self.subTest(line=line):
                self.assertEqual(found('engine/a.cc', line + '\n'), [])

    def test_accepts_an_unordered_container_that_is_never_iterated(self):
        self.assertEqual(found('sim/a.cc', 'absl::flat_hash_map<int, int> slots;  // lookup only\n'), [])


class LayeringTest(unittest.TestCase):

    def test_reports_includes_against_the_grain(self):
        for path, included in (('engine/a.cc', 'sim/clock.h'), ('engine/a.cc', 'backends/chooser.h'),
                               ('sim/a.cc', 'backends/chooser.h'), ('backends/a.cc', 'sim/clock.h')):
            with self.subTest(path=path, included=included):
                self.assertEqual(found(path, f'#include "{included}"\n'), [('layering', 1)])

    def test_accepts_includes_with_the_grain(self):
        for path, included in (('engine/a.cc', 'engine/port.h'), ('sim/a.cc', 'engine/port.h'),
                               ('backends/io_uring/a.cc', 'engine/port.h'), ('tools/a.cc', 'sim/clock.h'),
                               ('engine/a_test.cc', 'sim/clock.h'), ('engine/a.cc', 'absl/status/status.h')):
            with self.subTest(path=path, included=included):
                self.assertEqual(found(path, f'#include "{included}"\n'), [])


class TextTest(unittest.TestCase):

    def test_reports_leftovers(self):
        for word in ('TODO', 'FIXME', 'XXX'):
            self.assertEqual(found('tools/a.cc', f'// {word}: later\n'), [('leftover', 1)])
            self.assertEqual(found('docs/a.md', f'{word} later\n'), [('leftover', 1)])
        self.assertEqual(found('tools/a.sh', 'mktemp -d a.XXXXXX\n'), [])

    def test_reports_whitespace(self):
        self.assertEqual(found('tools/a.cc', 'int\tx;\n'), [('whitespace', 1)])
        self.assertEqual(found('tools/a.cc', 'int x; \n'), [('whitespace', 1)])
        self.assertEqual(found('tools/a.cc', 'int x;\r\n'), [('whitespace', 1)])
        self.assertEqual(found('tools/a.cc', 'int x;'), [('whitespace', 1)])

    def test_reports_paths_of_one_machine(self):
        for path in ('/root/x', '/home/someone/x', '/work/x'):
            self.assertEqual(found('tools/a.sh', f'cd {path}\n'), [('machine', 1)])
        for path in ('docs/work/x', '/usr/include/x', '$HOME/work/x', '/tmp/x'):
            self.assertEqual(found('tools/a.sh', f'cd {path}\n'), [])


class DocumentedTest(unittest.TestCase):

    def test_reports_types_and_functions_without_a_comment(self):
        self.assertEqual(in_header('''\
            class A {
             public:
              void Go();
            };

            enum class B { kOne };

            int Free(int x);

            template <typename T>
            T Generic(T x) {
              return x;
            }
            '''), [1, 3, 6, 8, 10])

    def test_accepts_a_comment_above_or_beside(self):
        self.assertEqual(in_header('''\
            // What A is.
            class A {
             public:
              // What Go does.
              void Go();
            };

            int Free(int x);  // What Free does.

            // What Generic does.
            template <typename T>
            T Generic(T x) {
              return x;
            }
            '''), [])

    def test_one_comment_serves_a_paragraph(self):
        self.assertEqual(in_header('''\
            // Both ways.
            int Free(int x);
            int Free(long x) {
              return 0;
            }
            int Free(char x);

            int Other();
            '''), [8])

    def test_a_comment_on_a_class_is_not_one_on_its_members(self):
        self.assertEqual(in_header('''\
            // What A is.
            class A {
             public:
              void Go();
            };
            '''), [4])

    def test_private_and_internal_declarations_need_none(self):
        self.assertEqual(in_header('''\
            // What A is.
            class A {
              void Hidden();
             protected:
              void Inherited();
             private:
              struct Inner {
                int Size();
              };
            };
            namespace internal {
            void Hidden();
            }  // namespace internal
            '''), [])

    def test_what_speaks_for_itself_needs_none(self):
        self.assertEqual(in_header('''\
            class Forward;
            using Alias = int (*)(int);
            inline constexpr int kLimit = Compute(3);
            // What A is.
            class A : public Base {
             public:
              A() = default;
              explicit A(int x) : x_{x} {}
              A(A&& other) noexcept : x_(std::exchange(other.x_, 0)),
                                      y_{1} {}
              A& operator=(A&& other) noexcept {
                return *this;
              }
              ~A() override;
              int size() const { return x_; }
              void Go() override;
              friend bool operator==(const A&, const A&) = default;
              static constexpr int kMax = 3;
             private:
              int x_;
            };
            inline void A::Go() {}
            '''), [])

    def test_a_definition_after_its_commented_declaration_needs_none(self):
        self.assertEqual(in_header('''\
            // What it does.
            void Go(int x);

            namespace internal_go {
            void Hidden();
            }  // namespace internal_go

            inline void Go(int x) {
            }

            inline void Other(int x) {
            }
            '''), [11])

    def test_coroutine_hooks_and_constructors_need_none(self):
        self.assertEqual(in_header('''\
            // What A is.
            struct A {
              explicit A(int x,
                         int y) : x_(x) {}
              bool await_ready() noexcept { return false; }
              template <class Promise>
              std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> h) noexcept {
                return h;
              }
              void await_resume() noexcept {}
            };
            '''), [])

    def test_sees_members_after_initializers_and_nested_types(self):
        self.assertEqual(in_header('''\
            // What A is.
            struct A {
              // What B is.
              struct B {
                int x = 0;
              };

              int y{3};

              void Go();
            };
            '''), [10])

    def test_directives_are_not_declarations(self):
        self.assertEqual(in_header('''\
            #define WHARF_CALL(x) \\
              void x();

            #if defined(_WIN32)
            // What it does.
            void Go();
            #endif
            '''), [])

    def test_says_nothing_of_tools_and_tests(self):
        self.assertEqual([rule for rule, _ in found('tools/a.h', 'void Go();\n')], ['guard'])


class TreeRulesTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name

    def write(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)

    def test_reports_files_that_nothing_builds(self):
        self.write('tools/BUILD.bazel', 'wharf_cc_test(name = "b_test")\nx(srcs = ["a.cc"])\n')
        for name in ('a.cc', 'b_test.cc', 'c.cc'):
            self.write(f'tools/{name}', 'int x;\n')
        self.assertEqual([str(violation) for violation in tidy.check_tree(self.root)],
                         ['tools/c.cc:1: built: not in its BUILD.bazel'])

    def test_reads_every_folder_of_ours_and_no_other(self):
        for path in ('.ci/run', 'sim/deep/a.cc', 'wharf', '.git/config.md', 'bazel-out/a.cc', 'fuzz/corpus/a.md'):
            self.write(path, 'x\n')
        self.assertEqual([source.path for source in tidy.read_tree(self.root)], ['wharf', '.ci/run', 'sim/deep/a.cc'])


if __name__ == '__main__':
    case_report.main()
