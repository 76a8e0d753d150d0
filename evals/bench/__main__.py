"""``python -m evals.bench``: measure, print the table, write the document."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.observability.logs import configure
from evals.bench import machine, report
from evals.bench.console import Console
from evals.bench.figures import gate
from evals.bench.memory import Memory
from evals.bench.reading import Reading
from evals.bench.rounds import Measurement, run
from evals.bench.screen import Screen
from evals.bench.start import Start
from evals.bench.turn import Turn
from evals.bench.wire import Wire

ROUNDS, QUICK_ROUNDS = 6, 2


def measurements(*, quick: bool, baseline: Path | None) -> dict[str, Callable[[], Measurement]]:
    """Every measurement by name, in the order of the report."""
    return {
        "reading": lambda: Reading(baseline, 80 if quick else 480, 24 if quick else 120),
        "turn": lambda: Turn(30 if quick else 150),
        "wire": lambda: Wire(20 if quick else 96),
        "console": lambda: Console(30 if quick else 150),
        "memory-authored": lambda: Memory("authored", 50),
        "memory-embedded": lambda: Memory("embedded", 20 if quick else 50),
        "start": Start,
        "screen": lambda: Screen(2_000) if quick else Screen(),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0, or with ``--gate`` 1 if a bar is missed."""
    known = measurements(quick=False, baseline=None)
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench.json"), help="where the document goes")
    parser.add_argument("--baseline-python", type=Path, help="an interpreter with torch and transformers")
    parser.add_argument("--quick", action="store_true", help="a few samples of everything; not for a report")
    parser.add_argument("--only", choices=known, action="append", help="measure this alone; may be given again")
    parser.add_argument("--gate", action="store_true", help="exit with 1 if a bar is missed")
    given = parser.parse_args(argv)

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended from outside, it still takes down its servers
    configure("ERROR")
    made = measurements(quick=given.quick, baseline=given.baseline_python)
    chosen = [make() for name, make in made.items() if not given.only or name in given.only]
    state, begun, load_before = machine.state(), time.monotonic(), machine.load()
    results = run(chosen, QUICK_ROUNDS if given.quick else ROUNDS, _say)
    state |= {"load_at_start": load_before, "load_at_end": machine.load()}
    about = {
        "command": " ".join(["python -m evals.bench", *(argv if argv is not None else sys.argv[1:])]),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": round(time.monotonic() - begun, 1),
        "rounds": QUICK_ROUNDS if given.quick else ROUNDS,
        "quick": given.quick,
        "warning": report.busy(load_before[0], int(str(state["cores"]))),
    }
    given.out.write_text(json.dumps(report.document(results, state, about), indent=2) + "\n", "utf-8")
    sys.stdout.write(
        f"\n{state['cpu']}, {state['cores']} cores, Python {state['python']}; load {load_before} at the start, "
        f"{state['load_at_end']} at the end; {about['rounds']} rounds in {about['seconds']} s\n{about['warning']}\n"
        f"{report.table(results)}\n\nWritten to {given.out}.\n"
    )
    return 1 if given.gate and not gate(results) else 0


def _say(what: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what}\n")


if __name__ == "__main__":
    raise SystemExit(main())
