"""``python -m evals.reading --data ../shared/data``: print every bar of reading, on the shipped weights.

``--split dev`` prints the same from dev, where thresholds are chosen; without it the sealed test is opened.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from agent.commands.screen import Screener
from agent.domain.risk import Tier
from agent.safety.assess import RiskPolicy
from classifiers.labels import TIERS
from classifiers.text import TextReader
from classifiers.train import data
from evals.reading import emotions, risk
from evals.reading.figures import Figure
from evals.reading.speed import speed


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 1 with ``--gate`` if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m evals.reading", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds goemotions/")
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--skip-emotions", action="store_true", help="risk and intents alone")
    parser.add_argument("--only", default=".*", metavar="REGEX", help="corpus files by name, e.g. '.*_2'")
    parser.add_argument("--errors", type=Path, help="where every error is listed")
    parser.add_argument("--gate", action="store_true")
    given = parser.parse_args(argv)
    reader, screener = TextReader(), Screener(threads=2)
    singles = [e for e in data.authored(given.split) if re.fullmatch(given.only, e.brief)]
    conversations = [a for a in data.arcs(given.split) if re.fullmatch(given.only, a.brief)]
    name = "sealed test" if given.split == "test" else "dev"
    print(f"Reader {reader.version}, policy {RiskPolicy.load().version}, {name}")
    figures: list[Figure] = []
    notes: list[str] = []

    def show(title: str, rows: list[Figure]) -> None:
        print(title)
        for row in rows:
            print(row.line(), flush=True)
        figures.extend(rows)

    if not given.skip_emotions:
        rows, table = emotions.measure(reader, given.data, given.split)
        show("Emotions", rows)
        print(table)
    seen = risk.read(screener, singles)
    show(f"Risk and intent, {len(singles)} messages", [*risk.messages(seen), risk.calibration(seen)])
    print(risk.reliability(seen))
    for opening, turns in (("a hello", [risk.HELLO]), ("small talk", risk.small_talk(conversations))):
        show(f"Behind {opening}", risk.hidden(screener, singles, opening, turns))
    arcs, of_arcs = risk.arcs(screener, conversations)
    show(f"Conversations, {len(conversations)}", [risk.indirect(screener, conversations), *arcs])
    calm, of_calm = risk.ordinary(screener, given.data, given.split)
    show("Ordinary talk", [calm])
    print(risk.alarms(seen))
    if given.split == "test" and given.only == ".*":
        print(f"Other languages\n{risk.languages(screener)}")
    show("Speed", speed(reader))
    notes += [f"{r.example.brief}: {TIERS[r.example.tier or 0]} read as {r.tier.label}: {r.example.text[:300]}"
              f"  [{r.drivers}]" for r in seen
              if r.tier.elevated != ((r.example.tier or 0) >= Tier.MODERATE)]  # fmt: skip
    if given.errors is not None:
        given.errors.write_text("\n".join([*notes, *of_arcs, *of_calm]) + "\n", encoding="utf-8")
    missed = [f.name.strip() for f in figures if f.holds is False]
    print("Missed: " + ("; ".join(missed) or "none"))
    return 1 if given.gate and missed else 0


if __name__ == "__main__":
    sys.exit(main())
