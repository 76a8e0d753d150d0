"""``python -m evals.ablation``: the same turns with four readings of the feeling, and which reply is the better.

Without a judge, everything happens in this process and offline. A judge at ``--judge-url`` is sent the messages and
replies, all of which are authored; it rates beside the rules, never instead of them.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from agent.settings import silence

silence()

from openai import OpenAI  # noqa: E402  (what reports home is switched off first)
from rich.console import Console  # noqa: E402

from agent.bootstrap import Models  # noqa: E402
from agent.settings import GeneratorKind  # noqa: E402
from evals.ablation.findings import find  # noqa: E402
from evals.ablation.judge import Judge  # noqa: E402
from evals.ablation.play import Played, played  # noqa: E402
from evals.ablation.raters import Rater, Reflection, Relevance, Tone  # noqa: E402
from evals.ablation.report import as_json, tables  # noqa: E402
from evals.ablation.sensor import AlteredSensor  # noqa: E402
from evals.ablation.turns import Turn, ordinary, sample  # noqa: E402
from evals.world.ours import our_product  # noqa: E402

#: The small model takes a second a draft.
_SAMPLE: Final = 90


async def replies(models: Models, turns: tuple[Turn, ...], generator: GeneratorKind, seed: int) -> Played:
    """Every turn in every condition, on a product of its own."""
    sensor = AlteredSensor(models.sensor)
    with tempfile.TemporaryDirectory(prefix="handhold-ablation-") as work:
        async with our_product(Path(work), generator, replace(models, sensor=sensor)) as product:
            return await played(product, sensor, turns, seed)


def main() -> int:
    """Returns 0 whatever was found: a null is a finding."""
    parser = argparse.ArgumentParser(prog="python -m evals.ablation", description=__doc__)
    parser.add_argument("--generator", choices=("authored", "embedded"), default="authored")
    parser.add_argument("--limit", type=int, help="so many turns at random; all by default, 90 with the model")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="findings, and every message and reply")
    parser.add_argument("--judge-url", help="an OpenAI-compatible address")
    parser.add_argument("--judge-model", default="")
    parser.add_argument("--judge-key", type=Path, metavar="FILE", help="a file with the key, where one is needed")
    given = parser.parse_args()
    if given.limit is not None and given.limit < 2:  # noqa: PLR2004
        parser.error("--limit: at least two turns are needed to give them each other's feelings")
    if bool(given.judge_url) != bool(given.judge_model):
        parser.error("--judge-url and --judge-model are given together")
    limit = given.limit or (None if given.generator == "authored" else _SAMPLE)
    turns, models = sample(ordinary(), limit, given.seed), Models.load()
    raters: list[Rater] = [Tone(), Relevance(models.embedder), Reflection()]
    if given.judge_url:
        key = given.judge_key.read_text("utf-8").strip() if given.judge_key else "none"
        raters.append(Judge(OpenAI(base_url=given.judge_url, api_key=key), given.judge_model))
    done = asyncio.run(replies(models, turns, given.generator, given.seed))
    rows = done.rows
    every = [answer for row in rows for answer in (row.true, *row.other.values())]
    drafted = sum(answer.origin == "generated" for answer in every)
    found, console = find(rows, raters, given.seed), Console(width=170)
    console.print(
        f"{len(rows)} turns of {len({row.case for row in rows})} cases; {len(done.danger)} more were answered as "
        f"danger. Generator {given.generator}, reader {models.sensor.version}, seed {given.seed}. "
        f"Of {len(every)} replies, {drafted} were written by a model."
    )
    for table in tables(found):
        console.print(table)
    if given.out is not None:
        asked = {"generator": given.generator, "limit": limit, "seed": given.seed, "reader": models.sensor.version,
                 "raters": [rater.name for rater in raters]}  # fmt: skip
        given.out.write_bytes(as_json(found, done, asked))
    return 0


if __name__ == "__main__":
    sys.exit(main())
