"""``python -m evals.playing``: plays suites on one product, in a process of its own. A line on standard output a case.

The logs are Inspect's, one file a suite.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inspect_ai import eval_async

from evals.cases import Case
from evals.catalogue import load
from evals.results import commit
from evals.suites import Product, task
from evals.transcript import Transcript
from evals.world.chosen import NoTarget, product

#: A case of forty messages takes two minutes on the slowest model there is.
CASE_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Told:
    """A product that says when it has played a case."""

    product: Product

    @property
    def name(self) -> str:
        """As the product is called."""
        return self.product.name

    async def play(self, case: Case) -> Transcript:
        """The case, and then its number on standard output."""
        try:
            return await self.product.play(case)
        finally:
            print(case.id, flush=True)  # noqa: T201  (the process that started this one reads it)


async def play(given: argparse.Namespace) -> bool:
    """Play suites one after the other. Whether all were played to their end."""
    target: str = given.target
    with tempfile.TemporaryDirectory(prefix="handhold-evals-") as work:
        async with product(target, Path(work), given.model) as made:
            known = {"commit": commit(), "target": target}
            tasks = [
                task(Told(made), suite, _spoken(load(suite)[: given.limit], given.spoken), **known)
                for suite in given.suites
            ]
            # One at a time: a product is one deployment. A case that breaks off is a case that is wrong, not the end.
            logs = await eval_async(
                tasks, model="none/none", max_samples=1, max_tasks=1, log_dir=str(given.logs), log_format="eval",
                time_limit=CASE_SECONDS, fail_on_error=False, log_realtime=False, log_buffer=1,
                ctl_server=False, score_display=False,
            )  # fmt: skip
    return all(log.status == "success" for log in logs)


def _spoken(cases: Sequence[Case], address: str) -> list[Case]:
    return [case.model_copy(update={"spoken": address}) if case.person else case for case in cases]


def plant(name: str) -> None:
    """Put a fault into the product of this process."""
    from evals.planted.faults import FAULTS, SETTINGS  # noqa: PLC0415  (it reaches into every part of the product)

    if name.startswith("setting:"):
        SETTINGS[name.removeprefix("setting:")]()
        return
    SETTINGS[FAULTS[name].setting]()
    FAULTS[name].install()


def main() -> int:
    """Returns 1 if a suite broke off."""
    parser = argparse.ArgumentParser(prog="python -m evals.playing", description=__doc__)
    parser.add_argument("suites", nargs="+")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--target", required=True)
    parser.add_argument("--model", help="its name at an openai: address")
    parser.add_argument("--logs", type=Path, required=True)
    parser.add_argument("--fault", default="", help="break the product in this way (evals.planted)")
    parser.add_argument("--spoken", default="", help="address of a model that finds the words of simulated people")
    given = parser.parse_args()
    if given.fault:
        plant(given.fault)
    try:
        return int(not asyncio.run(play(given)))
    except NoTarget as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2


if __name__ == "__main__":
    sys.exit(main())
