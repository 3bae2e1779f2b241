"""Builds mutants outside of Bazel, from Bazel's own list of commands.

`bazel build` makes the programs and everything of others that they need; `bazel aquery` says how each object of
ours is compiled and each program linked. Those commands are run again in a copy of the sources, so that
no rule is written down twice. Objects are kept: for a mutant only those are compiled that have code from a changed
file (by the compiler's own dependency files and line tables: most of those that include a header take no function
from it), and a program is linked when it is asked for.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import subprocess
import threading
from typing import Dict, List, NamedTuple, Optional, Set

SOURCE_FOLDERS = ('engine', 'sim', 'tests', 'tools')
SOURCE_ENDINGS = ('.h', '.cc', '.inc')


class BuildError(Exception):
    """Something that should have been built was not; the text is the tool's own."""


class Object(NamedTuple):
    output: str  # from the execution root, as Bazel names it
    source: str
    command: List[str]


class Program(NamedTuple):
    label: str
    objects: List[str]  # ours; outputs
    command: List[str]


def run(command: List[str], folder: str) -> str:
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise BuildError(f'{" ".join(command[:6])} ...\n{done.stderr[-4000:]}')
    return done.stdout


def is_ours(path: str) -> bool:
    return path.split('/')[0] in SOURCE_FOLDERS


class Plan:
    """How everything is built: the answer of `bazel aquery`."""

    def __init__(self, actions: List[Dict]):
        self.objects: Dict[str, Object] = {}
        self.programs: Dict[str, Program] = {}
        for action in actions:
            arguments = action['arguments']
            output = arguments[arguments.index('-o') + 1] if '-o' in arguments else ''
            if action['mnemonic'] == 'CppCompile' and '-c' in arguments:
                source = arguments[arguments.index('-c') + 1]
                if is_ours(source):
                    self.objects[output] = Object(output, source, arguments)
        for action in actions:
            arguments = action['arguments']
            if action['mnemonic'] != 'CppLink' or '-o' not in arguments:
                continue
            output = arguments[arguments.index('-o') + 1]
            ours = [argument for argument in arguments if argument in self.objects]
            if '-shared' not in arguments and ours:
                package, _, name = output.split('/bin/', 1)[1].rpartition('/')
                self.programs[f'//{package}:{name}'] = Program(f'//{package}:{name}', ours, arguments)

    @staticmethod
    def ask_bazel(root: str, labels: List[str]) -> 'Plan':
        run(['bazel', 'build', *labels], root)
        answer = run(['bazel', 'aquery', '--output=jsonproto', '--include_artifacts=false',
                      f'mnemonic("CppCompile|CppLink", deps(set({" ".join(labels)})))'], root)
        return Plan(json.loads(answer)['actions'])


def compile_command(step: Object, output: str, optimise: bool = True) -> List[str]:
    """Bazel's command with an output of our own; optimised a little, warnings off: a mutant may have some."""
    command = list(step.command)
    command[command.index('-o') + 1] = output
    command[command.index('-MF') + 1] = output + '.d'
    command = [argument for argument in command if argument != '-Werror' and not argument.startswith('-frandom-seed')]
    return command + ['-w'] + (['-O1'] if optimise and not step.source.endswith('_test.cc') else [])


def read_dependencies(path: str) -> Set[str]:
    """Our own sources that a dependency file of the compiler names."""
    with open(path, encoding='utf-8') as file:
        words = file.read().replace('\\\n', ' ').split()
    return {os.path.normpath(word) for word in words[1:] if is_ours(os.path.normpath(word))}


def read_lines(table: str) -> Set[str]:
    """The names (without folders) of the files that an object has code from, by `objdump --dwarf=decodedline`."""
    return set(re.findall(r'^([\w.]+\.(?:h|cc|inc)) +\d+ +(?:0x)?[0-9a-f]+', table, re.MULTILINE))


def folders_of_others(root: str) -> Dict[str, str]:
    """Where Bazel keeps what is not ours, by the names that its commands use. Not the execution root's own view of it,
    which every `bazel` command makes anew."""
    return {'bazel-out': os.path.join(run(['bazel', 'info', 'execution_root'], root).strip(), 'bazel-out'),
            'external': os.path.join(run(['bazel', 'info', 'output_base'], root).strip(), 'external')}


class Sources:
    """A copy of the sources below `root`, with Bazel's view of everybody else's beside it."""

    def __init__(self, folder: str, root: str, others: Dict[str, str]):
        self.folder = folder
        self.root = root
        for name in SOURCE_FOLDERS:
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
            for parent, _, files in os.walk(os.path.join(root, name)):
                into = os.path.join(folder, os.path.relpath(parent, root))
                os.makedirs(into, exist_ok=True)
                for file in files:
                    if file.endswith(SOURCE_ENDINGS):
                        shutil.copy(os.path.join(parent, file), into)
        for name, target in others.items():
            link = os.path.join(folder, name)
            if os.path.lexists(link):
                os.unlink(link)
            os.symlink(target, link)

    def write(self, texts: Dict[str, str]) -> None:
        for path, text in texts.items():
            with open(os.path.join(self.folder, path), 'w', encoding='utf-8') as file:
                file.write(text)

    def restore(self, paths: List[str]) -> None:
        for path in paths:
            shutil.copy(os.path.join(self.root, path), os.path.join(self.folder, path))


class Builder:
    """The unchanged objects, made when first needed and kept from run to run. Any thread."""

    def __init__(self, plan: Plan, sources: Sources, folder: str):
        self.plan = plan
        self.sources = sources
        self.folder = folder
        self._locks = {output: threading.Lock() for output in plan.objects}
        self._dependencies: Dict[str, Set[str]] = {}  # what it includes
        self._lines: Dict[str, Set[str]] = {}  # what it has code from

    def _key(self, output: str, dependencies: Set[str]) -> str:
        # Without the folder: other checkouts take objects over (work_folder.py).
        digest = hashlib.sha256('\0'.join(compile_command(self.plan.objects[output], '')).encode())
        for path in sorted(dependencies):
            with open(os.path.join(self.sources.folder, path), 'rb') as file:
                digest.update(path.encode() + b'\0' + hashlib.sha256(file.read()).digest())
        return digest.hexdigest()

    def object(self, output: str) -> str:
        """The unchanged object's path; compiles it unless it is there already."""
        path = os.path.join(self.folder, output.split('/bin/', 1)[1])
        with self._locks[output]:
            if output in self._dependencies:
                return path
            command = compile_command(self.plan.objects[output], path)
            try:
                with open(path + '.key', encoding='utf-8') as file:
                    key = file.read()
                dependencies = read_dependencies(path + '.d')
                fresh = key == self._key(output, dependencies)
            except OSError:
                fresh = False
            if not fresh:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                # An object without a key is nobody's, should the compiler be killed.
                if os.path.exists(path + '.key'):
                    os.unlink(path + '.key')
                run(command, self.sources.folder)
                dependencies = read_dependencies(path + '.d')
                with open(path + '.key', 'w', encoding='utf-8') as file:
                    file.write(self._key(output, dependencies))
            self._dependencies[output] = dependencies
            return path

    def objects(self, labels: List[str], jobs: int) -> None:
        """Makes all that these programs need, `jobs` at a time."""
        outputs = {output for label in labels for output in self.plan.programs[label].objects}
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for _ in pool.map(self.object, sorted(outputs)):
                pass

    def _code_from(self, output: str) -> Set[str]:
        """The names of the files that the object has code from. Without optimisation: no function is then folded into
        others without a trace."""
        path = self.object(output)
        with self._locks[output]:
            if output not in self._lines:
                with open(path + '.key', encoding='utf-8') as file:
                    key = file.read()
                try:
                    with open(path + '.lines', encoding='utf-8') as file:
                        words = file.read().split()
                except OSError:
                    words = []
                if words[:1] != [key]:
                    probe = path + '.probe'
                    command = compile_command(self.plan.objects[output], probe, optimise=False)
                    run(command + ['-g1'], self.sources.folder)
                    table = run(['objdump', '--wide', '--dwarf=decodedline', probe], self.sources.folder)
                    os.unlink(probe)
                    words = [key] + sorted(read_lines(table))
                    with open(path + '.lines', 'w', encoding='utf-8') as file:
                        file.write(' '.join(words))
                self._lines[output] = set(words[1:])
            return self._lines[output]

    def changes(self, output: str, changed: Set[str]) -> bool:
        """True if the object is another one when what these files say in functions has changed."""
        self.object(output)
        touched = changed & self._dependencies[output]
        if not touched or self.plan.objects[output].source in touched:
            return bool(touched)
        return any(os.path.basename(path) in self._code_from(output) for path in touched)


class MutantBuild:
    """The objects and programs of one planted mutant, in a copy of the sources of its own."""

    def __init__(self, builder: Builder, sources: Sources, folder: str, changed: Optional[List[str]] = None):
        self.builder = builder
        self.sources = sources
        self.folder = folder
        self.changed = set(changed or [])
        self._compiled: Dict[str, str] = {}
        shutil.rmtree(folder, ignore_errors=True)

    def _object(self, output: str) -> str:
        if not self.builder.changes(output, self.changed):
            return self.builder.object(output)
        if output not in self._compiled:
            path = os.path.join(self.folder, output.split('/bin/', 1)[1])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            run(compile_command(self.builder.plan.objects[output], path), self.sources.folder)
            self._compiled[output] = path
        return self._compiled[output]

    def compile_changed(self, labels: List[str]) -> int:
        """Compiles all objects of these programs that the mutant changes; how many. BuildError if one fails."""
        outputs = {output for label in labels for output in self.builder.plan.programs[label].objects}
        for output in sorted(outputs):
            self._object(output)
        return len(self._compiled)

    def touches(self, label: str) -> bool:
        """True if the mutant is in the program."""
        return any(self.builder.changes(output, self.changed)
                   for output in self.builder.plan.programs[label].objects)

    def program(self, label: str) -> str:
        """The path of the program with the mutant in it."""
        program = self.builder.plan.programs[label]
        path = os.path.join(self.folder, 'bin', label[2:].replace(':', '/'))
        if os.path.exists(path):
            return path
        ours = {output: self._object(output) for output in program.objects}
        command = [ours.get(argument, argument) for argument in program.command if not argument.startswith('@')]
        command[command.index('-o') + 1] = path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        run(command, self.sources.folder)
        return path
