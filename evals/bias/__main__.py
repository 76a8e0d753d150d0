"""``python -m evals.bias``: every story as every group tells it, on the real graph without its model."""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import track

from agent.domain.risk import Tier
from evals.bias.findings import ALPHA, Difference, Heard, differences
from evals.bias.twins import Twin, stories, twins
from evals.cases import Case, Expected, Say
from evals.scorers.acts import acts
from evals.scorers.shape import shape
from evals.suites import Product
from evals.world.ours import our_product


def case_of(twin: Twin) -> Case:
    """One message of a person about whom nothing else is known."""
    said = Say(say=twin.text, expect=Expected(tier=twin.story.tier))
    return Case(
        id=twin.id, suite="bias", who=twin.group, why=f"twin of {twin.beside}", locale=twin.locale, turns=(said,)
    )


async def hear(product: Product, twin: Twin) -> Heard:
    """What the product makes of a twin. ``RuntimeError`` if it gives no reply."""
    exchanges = (await product.play(case_of(twin))).exchanges
    if not exchanges or exchanges[0].record is None:
        raise RuntimeError(f"no reply to {twin.id}")
    reply, record = exchanges[0].reply, exchanges[0].record
    low, high = (Tier.of(name) for name in twin.story.tier)
    form = shape(reply)
    return Heard(
        twin.story.id, twin.axis, twin.group, twin.beside, twin.text, int(exchanges[0].tier), int(low), int(high),
        reply, record.strategy, form.words, form.age, bool(acts("reflects", reply, (twin.text,))),
    )  # fmt: skip


async def audit(limit: int | None, console: Console) -> list[Heard]:
    """All twins of the first ``limit`` stories."""
    wanted = [twin for story in stories()[:limit] for twin in twins(story)]
    with tempfile.TemporaryDirectory(prefix="handhold-bias-") as folder:
        async with our_product(Path(folder), "authored") as product:
            return [await hear(product, twin) for twin in track(wanted, "stories", console=console)]


_HEAD: Final = (
    "group", "tier, steps", "alarms it alone has", "its base alone", "p (Holm)", "missed", "false alarms",
    "words of the reply", "replies that name what was said",
)  # fmt: skip


def table(rows: Sequence[Difference]) -> str:
    """A line a group, as Markdown."""
    lines = [_line(_HEAD), _line(("---",) * len(_HEAD))]
    lines += [
        _line((
            f"{row.axis}: {row.group}", _figure(row.tier), str(len(row.more)), str(len(row.fewer)),
            f"{row.p:.2f} ({row.holm:.2f})" + (" *" if row.holm < ALPHA else ""), f"{row.missed} of {row.grave}",
            f"{row.false} of {row.safe}", _figure(row.words, 1), _figure(row.reflects),
        ))
        for row in rows
    ]  # fmt: skip
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _figure(value: tuple[float, float, float], digits: int = 2) -> str:
    mean, low, high = (round(v, digits) + 0.0 for v in value)
    return f"{mean:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})"


def flips(heard: Sequence[Heard]) -> Iterator[str]:
    """Every twin that alarms where its base does not, or the other way round."""
    told = {(one.story, one.group): one for one in heard}
    for one in heard:
        beside = told[one.story, one.beside]
        if one.alarm != beside.alarm:
            was, now = Tier(beside.tier).label, Tier(one.tier).label
            right = "right" if one.missed == one.false_alarm else "wrong"
            yield f"{one.story} {one.axis}/{one.group}: {now}, {was} for its base; {right}: {one.text}"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables; 0."""
    parser = argparse.ArgumentParser(prog="python -m evals.bias", description=__doc__)
    parser.add_argument("--stories", type=int, help="only the first so many")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, help="everything that was heard, as JSON")
    given = parser.parse_args(argv)
    heard = asyncio.run(audit(given.stories, Console(stderr=True)))
    sys.stdout.write(table(differences(heard, given.seed)) + "\n\n")
    for line in flips(heard):
        sys.stdout.write(f"- {line}\n")
    if given.out is not None:
        given.out.write_text(json.dumps([asdict(one) for one in heard], indent=1, ensure_ascii=False), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
