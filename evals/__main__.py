"""``python -m evals``: play suites on the product in this process or on another system, and print what share was right.

The logs open in Inspect's own viewer: ``inspect view --log-dir evals-logs``.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from agent.settings import silence

silence()

from inspect_ai import eval_async  # noqa: E402  (what reports home is switched off first)
from inspect_ai.log import EvalLog  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from evals.cases import SUITES, load  # noqa: E402
from evals.figures import Share, by_code, by_suite  # noqa: E402
from evals.suites import task  # noqa: E402
from evals.world.chosen import TARGETS, NoTarget, product  # noqa: E402


async def run(suites: list[str], limit: int | None, target: str, model: str | None, folder: Path) -> list[EvalLog]:
    """Play the suites one after the other."""
    with tempfile.TemporaryDirectory(prefix="handhold-evals-") as work:
        async with product(target, Path(work), model) as played:
            tasks = [task(played, suite, load(suite)[:limit]) for suite in suites]
            return await eval_async(tasks, model="none/none", max_samples=1, max_tasks=1, log_dir=str(folder))


def table(title: str, shares: list[Share]) -> Table:
    """Shares as a table."""
    made = Table(title, "right", "of", "share", "95 % interval", box=None)
    for share in shares:
        low, high = share.interval
        of = f"{share.right / share.of:.3f}"
        made.add_row(share.what, str(share.right), str(share.of), of, f"{low:.3f}-{high:.3f}")
    return made


def main() -> int:
    """Returns 1 if a case could not be played to its end."""
    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", choices=[*SUITES, []], help="all of them by default")
    parser.add_argument("--limit", type=int, help="only so many cases of each")
    parser.add_argument("--target", default="handhold", help=TARGETS)
    parser.add_argument("--model", help="its name at an openai: address")
    parser.add_argument("--logs", type=Path, default=Path("evals-logs"))
    given = parser.parse_args()
    try:
        logs = asyncio.run(run(given.suites or list(SUITES), given.limit, given.target, given.model, given.logs))
    except NoTarget as error:
        parser.error(str(error))
    console = Console()
    console.print(table("suite: cases in which all was right", by_suite(logs)))
    console.print(table("what was looked at", by_code(logs)))
    return int(any(log.status != "success" for log in logs))


if __name__ == "__main__":
    sys.exit(main())
