"""The simulated kernel's own speed, as rows of the table. Times are CPU time: it runs on one core and waits for nothing."""

import json
import subprocess
from typing import Any, Dict, List, NamedTuple, Optional

KERNEL = 'sim/kernel/kernel_bench'
SCENARIO = 'sim/scenario/scenario_bench'
# What to build.
TARGETS = ['//sim/kernel:kernel_bench', '//sim/scenario:scenario_bench']
_SIMULATED = 'simulated_s/s'


class _Row(NamedTuple):
    name: str
    program: str
    benchmark: str
    rate: str  # the counter of which a row shows the time for one
    max_ns: Optional[float] = None


# 10 million completions, 2 million requests and 15,000 scenarios a second, and a thousand simulated seconds.
_ROWS = [
    _Row('simulated kernel alone, nop, no faults', KERNEL, 'Run/NopPlain', 'items_per_second', 100),
    _Row('simulated kernel alone, nop, rough', KERNEL, 'Run/NopRough', 'items_per_second'),
    _Row('engine on it, strict, read, no faults', SCENARIO, 'Steady/NoFaults', 'items_per_second', 500),
    _Row('engine on it, strict, read, rough', SCENARIO, 'Steady/Rough', 'items_per_second'),
    _Row('scenario of 10 requests, rough', SCENARIO, 'Scenarios/Rough10', 'items_per_second', 1e9 / 15000),
    _Row('scenario of 10 requests, swarm', SCENARIO, 'Scenarios/Swarm10', 'items_per_second', 1e9 / 15000),
    _Row('scenario of 10 requests, storm', SCENARIO, 'Scenarios/Storm10', 'items_per_second', 1e9 / 15000),
    _Row('a simulated second of reads, 20 us to 5 ms each', SCENARIO, 'SimulatedTime', _SIMULATED, 1e6),
]


def rows(results: Dict[str, Dict[str, Dict[str, Any]]]) -> List[Dict[str, Any]]:
    """The rows for what each program reported, by program and benchmark."""
    table = []
    for row in _ROWS:
        result = results.get(row.program, {}).get(row.benchmark)
        out: Dict[str, Any] = {'name': row.name, 'base': None, 'max_ns': row.max_ns}
        if result is None or not result.get(row.rate):
            out['failure'] = f'{row.program} reported no {row.rate} of {row.benchmark}'
        else:
            out['subject_ns'] = 1e9 / result[row.rate]
        table.append(out)
    return table


def medians(report: Dict[str, Any]) -> Dict[str, Dict[str, Any]]:
    """By benchmark, from what google-benchmark printed with repetitions."""
    return {entry['run_name']: entry for entry in report['benchmarks'] if entry.get('aggregate_name') == 'median'}


def measure(programs: str) -> List[Dict[str, Any]]:
    """Runs both programs of the folder."""
    results = {}
    for program in (KERNEL, SCENARIO):
        run = subprocess.run(
            [f'{programs}/{program}', '--benchmark_format=json', '--benchmark_repetitions=5',
             '--benchmark_min_time=0.2', '--benchmark_report_aggregates_only=true'],
            check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if run.returncode == 0:
            results[program] = medians(json.loads(run.stdout))
    return rows(results)
