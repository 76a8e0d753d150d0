"""The findings as tables and as a file."""

from collections.abc import Iterable
from dataclasses import asdict

from pydantic_core import to_json
from rich.table import Table

from evals.ablation.findings import Findings, Reach
from evals.ablation.levels import Level
from evals.ablation.play import Played
from evals.ablation.statistics import Agreement, Effect
from evals.figures import Share


def tables(found: Findings) -> Iterable[Table]:
    """One a question."""
    yield _reach(found.reach)
    yield _levels(found.levels)
    yield _effects("all turns", found.everywhere)
    for name, effects in found.groups.items():
        yield _effects(f"{name} (to look at; not among the planned tests)", effects)
    yield _agreement(found.agreements)


def as_json(found: Findings, done: Played, asked: dict[str, object]) -> bytes:
    """``asked``: with what it was run. ``rows`` hold every message and reply."""
    return to_json({"asked": asked, "findings": asdict(found), **asdict(done)}, indent=1)


def _reach(reached: Iterable[Reach]) -> Table:
    made = Table("how far it reaches", "told else", "same reply", "other strategy", "other passages", "other tier",
                 "drifted", box=None)  # fmt: skip
    for r in reached:
        made.add_row(r.condition, *map(_share, (r.told, r.same, r.strategy, r.cited, r.tier)), str(r.drifted))
    return made


def _levels(told: Iterable[Level]) -> Table:
    made = Table("replies of", "name a feeling shown", "name the other side alone", "reflect", box=None)
    for level in told:
        made.add_row(level.condition, *map(_share, (level.named, level.against, level.reflects)))
    return made


def _share(share: Share) -> str:
    if not share.of:
        return "-"
    low, high = share.interval
    return f"{share.right}/{share.of} {share.right / share.of:.3f} ({low:.3f}-{high:.3f})"


def _effects(title: str, effects: Iterable[Effect]) -> Table:
    made = Table(title, "rater", "win", "tie", "loss", "net for true", "95 %", "p", "Holm", box=None)
    for e in effects:
        corrected = "" if e.holm is None else f"{e.holm:.2g}"
        made.add_row(
            f"true vs {e.contrast}", e.rater, str(e.wins), str(e.ties), str(e.losses), f"{e.net:+.3f}",
            f"{e.low:+.3f} to {e.high:+.3f}", f"{e.p:.2g}", corrected,
        )  # fmt: skip
    return made


def _agreement(agreements: Iterable[Agreement]) -> Table:
    made = Table("agreement where replies differ", "pairs", "Krippendorff's alpha", box=None)
    for a in agreements:
        made.add_row(", ".join(a.raters), str(a.pairs), "-" if a.alpha is None else f"{a.alpha:+.3f}")
    return made
