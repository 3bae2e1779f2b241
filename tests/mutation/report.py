"""What came of a run: tables for people, JSON for programs. Same results, same text."""

import statistics
from typing import Any, Dict, List

from mutants import Mutant
from trial import Result

KILLERS = ('campaign', 'museum', 'model', 'property', 'unit')
TARGET = 95.0
MEDIAN_TARGET = 1000


def score(results: List[Result]) -> Dict[str, Any]:
    """The figures. Equivalent mutants are counted apart: nobody can kill them."""
    counted = [result for result in results if result.status != 'equivalent']
    killed = [result for result in counted if result.status == 'killed']
    runs = sorted(result.runs for result in killed if result.by == 'campaign')
    museum = {}
    for result in results:
        for number, failed in result.museum.items():
            museum[number] = museum.get(number, True) and bool(failed)
    return {
        'total': len(counted),
        'killed': len(killed),
        'percent': round(100 * len(killed) / len(counted), 1) if counted else 0.0,
        'by': {by: sum(result.by == by for result in killed) for by in KILLERS},
        'median_runs': statistics.median_low(runs) if runs else None,
        'museum': {'total': len(museum), 'killed': sum(museum.values())},
        'survived': [result.mutant.name for result in counted if result.status == 'survived'],
        'errors': [result.mutant.name for result in counted if result.status == 'error'],
        'equivalent': [result.mutant.name for result in results if result.status == 'equivalent'],
    }


def as_json(results: List[Result], planned: List[Mutant]) -> Dict[str, Any]:
    rows = [{
        'mutant': result.mutant.name, 'area': result.mutant.area, 'about': result.mutant.about,
        'breaks': result.mutant.breaks, 'status': result.status, 'by': result.by, 'detail': result.detail,
        'runs': result.runs, 'museum': result.museum, 'properties': result.properties,
        'seconds': round(result.seconds, 1),
        'fingerprint': result.fingerprint,
    } for result in results]
    return {'planned': len(planned), 'score': score(results), 'mutants': rows}


def killed_before(rows: List[Dict[str, Any]], planned: List[Mutant], fingerprints: Dict[str, str]) -> List[Result]:
    """Of an earlier run's JSON, what was killed (or cannot be) and has not changed since."""
    by_name = {mutant.name: mutant for mutant in planned}
    return [Result(by_name[row['mutant']], row['status'], row['by'], row['detail'], row['runs'], row['museum'],
                   row['properties'], row['seconds'], row['fingerprint'])
            for row in rows if row['status'] in ('killed', 'equivalent') and row['mutant'] in by_name
            and row['fingerprint'] == fingerprints[row['mutant']]]


def line_of(result: Result) -> str:
    runs = '' if result.runs is None else f'run {result.runs}: '
    detail = (result.detail.splitlines() or [''])[0]
    return f'{result.mutant.name:44} {result.status:10} {result.by:9} {runs}{detail[:90]}'


def areas(results: List[Result]) -> List[str]:
    lines = [f'{"area":18} {"killed":>6} {"of":>4}  ' + ' '.join(f'{by:>8}' for by in KILLERS) + '  median runs']
    for area in sorted({result.mutant.area for result in results}):
        figures = score([result for result in results if result.mutant.area == area])
        by = ' '.join(f'{figures["by"][by] or "":>8}' for by in KILLERS)
        lines.append(f'{area:18} {figures["killed"]:6} {figures["total"]:4}  {by}  {figures["median_runs"] or "":>11}')
    return lines


def guarantees(results: List[Result]) -> List[str]:
    """For each guarantee: the mutants about it, those killed, and those under which its own property fails."""
    lines = [f'{"guarantee":18} {"killed":>6} {"of":>4}  its property fails under']
    for number in range(1, 19):
        name = f'G{number:02}'
        about = [result for result in results if name in result.mutant.about and result.status != 'equivalent']
        killed = sum(result.status == 'killed' for result in about)
        failed = [result for result in results if result.properties.get(name) is not None]
        first = min(failed, key=lambda result: (result.properties[name], result.mutant.name), default=None)
        example = f', {first.mutant.name} in run {first.properties[name]}' if first else ''
        lines.append(f'{name:18} {killed:6} {len(about):4}  {len(failed)} mutants{example}')
    return lines


def idle_properties(results: List[Result]) -> List[str]:
    """The properties that fail under no mutant."""
    failed = {name for result in results for name, run in result.properties.items() if run is not None}
    return [f'G{number:02}' for number in range(1, 19) if f'G{number:02}' not in failed]


def idle_museum_tests(results: List[Result], names: List[str]) -> List[str]:
    """Of "LABEL SUITE.NAME", those that no mutant made fail."""
    failed = {name for result in results for names in result.museum.values() for name in names}
    return [name.split(' ')[-1] for name in names if name not in failed]


def text(results: List[Result], planned: List[Mutant]) -> str:
    figures = score(results)
    lines = [line_of(result) for result in results] + [''] + areas(results) + [''] + guarantees(results) + ['']
    if len(results) < len(planned):
        lines.append(f'NOT COMPLETE: {len(results)} of {len(planned)} mutants tried')
    lines.append(f'killed {figures["killed"]} of {figures["total"]} ({figures["percent"]} %; wanted: {TARGET} %)')
    if figures['median_runs'] is not None:
        lines.append(f'median of {figures["by"]["campaign"]} campaigns: {figures["median_runs"]} runs to kill '
                     f'(wanted: {MEDIAN_TARGET} at most)')
    museum = figures['museum']
    if museum['total']:
        lines.append(f'museum: {museum["killed"]} of {museum["total"]} bugs found by their own tests')
    for status in ('survived', 'errors', 'equivalent'):
        if figures[status]:
            lines.append(f'{status}: {" ".join(figures[status])}')
    return '\n'.join(lines) + '\n'


def good(results: List[Result]) -> bool:
    """True if a run reached what is asked of it."""
    figures = score(results)
    museum = figures['museum']
    return (figures['percent'] >= TARGET and not figures['errors'] and museum['killed'] == museum['total']
            and (figures['median_runs'] or 0) <= MEDIAN_TARGET)
