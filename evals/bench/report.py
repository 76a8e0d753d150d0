"""The table that is printed and the document that is written. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from evals.bench.figures import Bar, Result

HEAD = ("measure", "figure", "bar", "verdict", "min", "p50", "p95", "max", "n")
_TEXT_COLUMNS = (0, 3)
BUSY_SHARE = 0.25


def table(results: Sequence[Result]) -> str:
    """Aligned plain text, with each result's notes under it."""
    rows = [_row(result) for result in results]
    widths = [max(len(row[i]) for row in (HEAD, *rows)) for i in range(len(HEAD))]
    lines = [_line(HEAD, widths), "  ".join("-" * width for width in widths)]
    for result, row in zip(results, rows, strict=True):
        lines.append(_line(row, widths))
        lines += [f"    {note}" for note in result.notes]
    return "\n".join(lines)


def document(results: Sequence[Result], machine: Mapping[str, object], run: Mapping[str, object]) -> dict[str, object]:
    """Everything, ready for JSON."""
    rows = [{**asdict(result), "verdict": result.verdict} for result in results]
    return {"run": dict(run), "machine": dict(machine), "results": rows}


def busy(load_one_minute: float, cores: int) -> str:
    """A warning when others used the machine before we began; empty when it was idle."""
    if load_one_minute <= BUSY_SHARE * cores:
        return ""
    return f"The machine was not idle at the start (load {load_one_minute:.2f} on {cores} cores): not final figures."


def number(value: float | None) -> str:
    """Three or more digits, never an exponent; a dash for nothing."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"  # noqa: PLR2004


def _row(result: Result) -> tuple[str, ...]:
    spread = result.spread
    figure = "-" if result.figure is None else " ".join((number(result.figure), result.unit, result.statistic)).strip()
    cells = (spread.min, spread.p50, spread.p95, spread.max) if spread else (None,) * 4
    count = str(spread.n) if spread else "-"
    return (result.what, figure, _bar(result.bar, result.unit), result.verdict, *(number(c) for c in cells), count)


def _bar(bar: Bar | None, unit: str) -> str:
    return "-" if bar is None else f"{bar.sense} {bar.limit:g} {unit}".rstrip()


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    sides = (str.ljust if i in _TEXT_COLUMNS else str.rjust for i in range(len(cells)))
    return "  ".join(side(c, w) for side, c, w in zip(sides, cells, widths, strict=True)).rstrip()
