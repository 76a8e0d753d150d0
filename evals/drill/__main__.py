"""``python -m evals.drill``: run rounds, add them to the report, print what they come to. Exits 1 on a violation."""

import argparse
import asyncio
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from evals.drill import cluster, report, rounds
from evals.drill.failpoints import ALL
from evals.drill.faults import FAULTS
from evals.drill.house import Parent
from evals.drill.mutants import MUTANTS

#: So much has to be done with a broken product before it is judged.
_WRITES = 60
#: Short rounds in which a broken product must be found out.
_MUTANT_ROUNDS = 3
#: Points and faults of a round when all were had.
_A_FEW = 6
#: Where a broken product is sure to be killed.
POINTS = ("turn.received:after", "case.claimed:after")


def main() -> None:
    """Read the command line and run."""
    given = _arguments().parse_args()
    if given.totals:
        print(report.totals(report.load(given.report)))
        return
    # A signal that ends us ends what we started as well.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(asyncio.run(_drill(given)))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.drill", description=__doc__)
    parser.add_argument(
        "--kills", type=int, default=1500, help="SIGKILLs at random moments, in all; those in the report count"
    )
    parser.add_argument(
        "--round", type=int, default=75, help="random SIGKILLs in a round, which has a database of its own"
    )
    parser.add_argument("--minutes", type=float, default=240.0, help="no further round is begun after this")
    parser.add_argument("--profile", choices=("one", "two", "both"), default="both")
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the next has the next")
    parser.add_argument("--report", type=Path, default=report.RUNS)
    parser.add_argument("--fresh", action="store_true", help="do not count what is in the report already")
    parser.add_argument("--points", nargs="*", default=list(ALL), metavar="NAME")
    parser.add_argument("--faults", nargs="*", default=list(FAULTS), metavar="NAME", choices=[*FAULTS])
    parser.add_argument(
        "--mutants", nargs="*", metavar="NAME", choices=[*MUTANTS],
        help="drill products that are broken on purpose, these or all; exits 1 if one is not found out",
    )  # fmt: skip
    parser.add_argument("--keep", type=Path, help="where to keep the folder of a round that broke a law")
    parser.add_argument("--totals", action="store_true", help="print what the report comes to, and do nothing else")
    return parser


async def _drill(given: argparse.Namespace) -> int:
    end, commit = time.monotonic() + 60 * given.minutes, _commit()
    profiles: list[rounds.Profile] = ["one", "two"] if given.profile == "both" else [given.profile]
    ran: list[dict[str, Any]] = []
    before = [] if given.fresh else report.load(given.report)
    seed = given.seed + len(before)
    parent = await Parent.start()
    with TemporaryDirectory(prefix="handhold-drill-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database server is somebody else
        await asyncio.to_thread(cluster.prepare, folder / "template")
        if given.mutants is not None:
            missed = [n for n in given.mutants or MUTANTS if not await _found_out(n, folder, parent, given)]
            await parent.close()
            return 1 if missed else 0
        while _kills([*before, *ran]) < given.kills and time.monotonic() < end:
            missing = given.kills - _kills([*before, *ran])
            profile = profiles[seed % len(profiles)]
            # Every point and fault once for each profile; after that some of them, between the kills.
            had = [r for r in (*before, *ran) if r["profile"] == profile]
            chance = random.Random(seed)
            points, faults = (_next(chance, given_, had, kind) for given_, kind in (
                (given.points, "points"), (given.faults, "faults"),
            ))  # fmt: skip
            plan = rounds.Plan(profile, seed, min(given.round, missing), points, faults)
            place = folder / f"r{seed}"
            result = await rounds.run(plan, place, folder / "template", parent)
            one = report.line(plan, result, commit)
            report.add(given.report, one)
            ran.append(one)
            _say(plan, one)
            if result.violations and given.keep is not None:
                place.rename(Path(mkdtemp(prefix=f"{plan.profile}-{seed}-", dir=given.keep)) / "round")
            seed += 1
    await parent.close()
    everything = [*before, *ran]
    print(report.totals(everything))
    left = report.uncovered(everything, given.points, given.faults)
    if left:
        print(f"\nNot done: {', '.join(left)}")
    return 1 if left or any(r["violations"] for r in everything) else 0


async def _found_out(name: str, folder: Path, parent: Parent, given: argparse.Namespace) -> bool:
    """Whether the drill finds a broken product, by a law that it must break.

    What counsellors and people do is chance, and in one short round nobody may do what would bring it out.
    """
    mutant = MUTANTS[name]
    faults = (mutant.fault,) if mutant.fault else ()
    profile: rounds.Profile = "two" if given.profile == "two" else "one"
    for seed in range(given.seed, given.seed + _MUTANT_ROUNDS):
        plan = rounds.Plan(profile, seed, 5, POINTS, faults, name, 8.0, _WRITES)
        result = await rounds.run(plan, folder / f"{name}-{seed}", folder / "template", parent)
        broke = sorted({v.law for v in result.violations})
        found = bool(mutant.laws & set(broke))
        said = f"{'found' if found else 'not yet found'} {name} in {result.seconds:.0f} s"
        print(f"{said}: {', '.join(broke)}; {dict(result.moves)}", flush=True)
        if found:
            return True
    print(f"MISSED {name}", flush=True)
    return False


def _next(chance: random.Random, given: Sequence[str], had: list[dict[str, Any]], kind: str) -> tuple[str, ...]:
    """Those that no round of this profile has had yet; when there are none, a few."""
    missing = tuple(name for name in given if not any(name in r[kind] for r in had))
    return missing or tuple(chance.sample(list(given), min(len(given), _A_FEW)))


def _kills(runs: list[dict[str, Any]]) -> int:
    """Those at random moments: the others come to named points, or with a fault."""
    return sum(int(r["kills"].get("random", 0)) for r in runs)


def _say(plan: rounds.Plan, one: dict[str, Any]) -> None:
    print(f"{plan.profile} seed {plan.seed}: {one['kills']} in {one['seconds']} s, {one['counts']}", flush=True)
    for violation in one["violations"]:
        print(f"  {violation['law']}: {violation['what']}", flush=True)


def _commit() -> str:
    """Which product was drilled; ``unknown`` outside of a checkout."""
    try:
        done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


main()
