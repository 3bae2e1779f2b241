"""What the measurements say: verdicts and the table. Pure; bench/run measures."""

from typing import Any, Dict, List, NamedTuple, Optional

# One row: what bench/ratio prints as JSON, plus base_instructions and subject_instructions.
Row = Dict[str, Any]


class Verdict(NamedTuple):
    text: str
    missed: bool


def limit(ratio: Optional[float], nanoseconds: Optional[float] = None, instructions: Optional[float] = None) -> str:
    """A target as the table shows it; empty if there is none."""
    parts = []
    if ratio is not None:
        parts.append(f'{ratio:.2f}x')
    if nanoseconds is not None:
        parts.append(f'{nanoseconds:,.0f} ns')
    if instructions is not None:
        parts.append(f'{instructions:.0f} instr')
    return ', '.join(parts)


def judge(row: Row) -> Verdict:
    """A target is missed if the median is over max_ratio or max_ns; a goal is only reported."""
    if row.get('failure'):
        return Verdict('FAILED', True)
    if row.get('skip_reason'):
        return Verdict('skipped', False)
    ratio = row.get('ratio')
    max_ratio = row.get('max_ratio')
    if max_ratio is not None and (ratio is None or ratio > max_ratio):
        return Verdict('MISSED', True)
    max_ns = row.get('max_ns')
    if max_ns is not None and row['subject_ns'] > max_ns:
        return Verdict('MISSED', True)
    goals = []
    if row.get('goal_ratio') is not None and ratio is not None:
        goals.append(ratio <= row['goal_ratio'])
    if row.get('goal_ns') is not None:
        goals.append(row['subject_ns'] <= row['goal_ns'])
    if row.get('goal_instructions') is not None and row.get('subject_instructions') is not None:
        goals.append(row['subject_instructions'] <= row['goal_instructions'])
    words = ['met'] if max_ratio is not None or max_ns is not None else []
    if goals:
        words.append('goal met' if all(goals) else 'goal not yet')
    return Verdict(', '.join(words), False)


def _number(value: Optional[float], pattern: str) -> str:
    return '-' if value is None else pattern.format(value)


def cells(row: Row) -> List[str]:
    """The row's columns, in HEADINGS' order."""
    name = row['name']
    if row.get('base') not in (None, 'raw liburing'):
        name += f' (against {row["base"]})'
    if row.get('skip_reason') or row.get('failure'):
        return [name] + ['-'] * 6 + ['', '', judge(row).text]
    ratio = _number(row.get('ratio'), '{:.2f}')
    if row.get('ratio') is not None:
        ratio += f' ±{row.get("spread", 0) * 100:.0f} %'
    return [
        name,
        _number(row.get('base_ns'), '{:,.0f}'),
        _number(row.get('subject_ns'), '{:,.0f}'),
        ratio,
        _number(row.get('cpu_ratio'), '{:.2f}'),
        _number(row.get('base_instructions'), '{:,.0f}'),
        _number(row.get('subject_instructions'), '{:,.0f}'),
        limit(row.get('max_ratio'), row.get('max_ns')),
        limit(row.get('goal_ratio'), row.get('goal_ns'), row.get('goal_instructions')),
        judge(row).text,
    ]


HEADINGS = ['work', 'raw ns/op', 'engine ns/op', 'ratio', 'CPU ratio',
            'raw instr', 'engine instr', 'target', 'goal', 'verdict']
_LEFT = {0, 7, 8, 9}


def table(rows: List[Row]) -> str:
    """A table that is readable as it stands and is Markdown too."""
    lines = [HEADINGS] + [cells(row) for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADINGS))]

    def join(line: List[str]) -> str:
        padded = [text.ljust(width) if i in _LEFT else text.rjust(width)
                  for i, (text, width) in enumerate(zip(line, widths))]
        return '| ' + ' | '.join(padded) + ' |'

    rule = '|' + '|'.join('-' * (width + 1) + ('-' if i in _LEFT else ':') for i, width in enumerate(widths)) + '|'
    reasons = [(row['name'], row.get('failure') or row.get('skip_reason')) for row in rows]
    notes = [f'{name}: {reason}' for name, reason in reasons if reason]
    return '\n'.join([join(lines[0]), rule] + [join(line) for line in lines[1:]] + notes)


def missed(rows: List[Row]) -> List[str]:
    """The names of the rows that miss their target."""
    return [row['name'] for row in rows if judge(row).missed]


def failed(rows: List[Row]) -> List[str]:
    """The names of the rows that could not be measured because something broke."""
    return [row['name'] for row in rows if row.get('failure')]
