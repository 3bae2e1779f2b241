"""User instructions per operation, counted by valgrind: they repeat exactly where times do not."""

import re
import subprocess
from typing import List, Optional


def _collected(command: List[str]) -> int:
    run = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null'] + command,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    found = re.search(r'Collected : (\d+)', run.stderr)
    if run.returncode != 0 or not found:
        raise SystemExit(f'bench: counting instructions failed: {" ".join(command)}\n{run.stderr[-2000:]}')
    return int(found.group(1))


def per_operation(ratio: str, row: str, side: str, operations: int, directory: Optional[str]) -> float:
    """The difference of a run of N operations and one of 2N, so that neither start nor end counts."""
    command = [ratio, f'--filter={row}', f'--side={side}', '--file_mib=16']
    if directory:
        command.append(f'--dir={directory}')
    once, twice = (_collected(command + [f'--count={count}']) for count in (operations, 2 * operations))
    return (twice - once) / operations
