"""`wharf cp` against coreutils cp: the same file, from the page cache, in turn."""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from typing import Any, Dict, List

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


def _time(command: List[str], target: str) -> float:
    # What an earlier round left to be written would slow this one down.
    os.sync()
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    taken = time.monotonic() - start
    os.unlink(target)
    return taken


def race(wharf: str, directory: str, gib: float, rounds: int) -> Dict[str, Any]:
    """A row for the report. Times are per copy; every round runs both, each second round the other one first."""
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
        _time(base, target)
        subprocess.run(subject, check=True, stdout=subprocess.DEVNULL)
        if subprocess.run(['cmp', '-s', source, target], check=False).returncode != 0:
            raise SystemExit('bench: `wharf cp` made a copy that differs')
        os.unlink(target)
        base_times, subject_times = [], []
        for number in range(rounds):
            pair = [(base, base_times), (subject, subject_times)]
            for command, times in pair if number % 2 == 0 else reversed(pair):
                times.append(_time(command, target))
    ratios = sorted(s / b for s, b in zip(subject_times, base_times))
    ratio = statistics.median(ratios)
    quarter = statistics.quantiles(ratios, n=4, method='inclusive') if len(ratios) > 1 else ratios * 3
    return {
        **row,
        'base_ns': statistics.median(base_times) * 1e9,
        'subject_ns': statistics.median(subject_times) * 1e9,
        'ratio': ratio,
        'spread': (quarter[2] - quarter[0]) / 2 / ratio,
    }
