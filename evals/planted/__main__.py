"""``python -m evals.planted``: plants each fault and says whether its gate turned red. 1 if one was not caught.

Each gate is judged on the cases that are played for the fault alone, first without the fault: where it is red already,
the fault counts as not caught. The interval of so few cases is wide; a bound on a share is held against the share.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from evals.gates import Gate, Judged, gates, judge
from evals.planted.faults import FAULTS, Fault
from evals.results import Results
from evals.running import Order, run


async def caught(names: Sequence[str], console: Console) -> list[str]:
    """Names of the faults that turned their gate red."""
    bounds, whole = {gate.name: gate for gate in gates()}, dict[tuple[object, ...], Results]()
    found = list[str]()
    for name in names:
        fault = FAULTS[name]
        gate = bounds[fault.gate].model_copy(update={"suites": fault.suites, "cases": 1})
        key = (fault.suites, fault.limit, fault.setting)
        if key not in whole:
            whole[key] = await _played(fault, fault.setting and f"setting:{fault.setting}")
        before, after = judge(gate, whole[key], part=True), judge(gate, await _played(fault, name), part=True)
        if before.open and not after.open:
            found.append(name)
        console.print(_line(name, gate, before, after))
    return found


async def _played(fault: Fault, name: str) -> Results:
    with tempfile.TemporaryDirectory(prefix="handhold-planted-") as folder:
        order = Order(fault.suites, "authored", Path(folder), fault.limit, fault=name)
        return await run(order, lambda _: None)


def _line(name: str, gate: Gate, before: Judged, after: Judged) -> str:
    if not before.open:
        return f"[red]no use [/red] {name}: {gate.name} is red without it: {before.found}"
    said = "[red]MISSED [/red]" if after.open else "[green]caught [/green]"
    return f"{said} {name}: {gate.name}: {before.found}; with the fault: {after.found}"


def main() -> int:
    """Returns 1 if a fault was not caught."""
    parser = argparse.ArgumentParser(prog="python -m evals.planted", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="all of them by default")
    names = parser.parse_args().faults or list(FAULTS)
    if unknown := sorted(set(names) - set(FAULTS)):
        parser.error(f"no such fault: {', '.join(unknown)}; there are {', '.join(FAULTS)}")
    console = Console(soft_wrap=True)
    found = asyncio.run(caught(names, console))
    console.print(f"{len(found)} of {len(names)} caught.")
    return int(len(found) < len(names))


if __name__ == "__main__":
    sys.exit(main())
