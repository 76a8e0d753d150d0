"""What came of it all: how far the feeling reaches the reply, who preferred what, and how far they agree."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

from evals.ablation.blind import CONTRASTS, Blinded, Contrast, Preference, blinded
from evals.ablation.levels import Level, levels
from evals.ablation.play import Row
from evals.ablation.raters import Rater
from evals.ablation.readings import ALTERED, Condition
from evals.ablation.statistics import Agreement, Effect, agreement, corrected, effect
from evals.figures import Share


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a condition came through. ``told``: turns on which another feeling was handed on than the true one.

    Of all turns: ``same`` reply to the letter, other ``strategy``, other ``cited`` passages, other ``tier``, and
    ``drifted``: what was said before was not the same, which must not be.
    """

    condition: Condition
    told: Share
    same: Share
    strategy: Share
    cited: Share
    tier: Share
    drifted: int


@dataclass(frozen=True, slots=True)
class Findings:
    """``everywhere``: all turns, with Holm's correction over conditions and raters.

    ``groups``: parts of them, to look at, not to test. ``preferred``: by rater, contrast and row, 1 for the true reply.
    """

    reach: tuple[Reach, ...]
    levels: tuple[Level, ...]
    everywhere: tuple[Effect, ...]
    groups: dict[str, tuple[Effect, ...]]
    agreements: tuple[Agreement, ...]
    preferred: dict[str, Mapping[Contrast, Mapping[int, Preference]]]


def find(rows: Sequence[Row], raters: Iterable[Rater], seed: int) -> Findings:
    """All findings. The same seed gives the same order of pairs and the same bootstrap."""
    hidden = blinded(rows, seed)
    told = {rater.name: rater.prefer(hidden.pairs) for rater in raters}
    opened = {name: hidden.opened(preferences) for name, preferences in told.items()}

    def effects(chosen: set[int]) -> list[Effect]:
        made = (
            effect(name, c, [by[c][i] for i in by[c] if i in chosen],
                   [rows[i].case for i in by[c] if i in chosen], seed)
            for name, by in opened.items() for c in CONTRASTS
        )  # fmt: skip
        return [one for one in made if one is not None]

    everywhere = corrected(effects(set(range(len(rows)))), ALTERED)
    groups = {name: tuple(effects(chosen)) for name, chosen in _groups(rows).items() if chosen}
    return Findings(
        tuple(_reach(rows, condition) for condition in (*ALTERED, "again")), levels(rows), tuple(everywhere), groups,
        tuple(agreement(_differing(hidden, told))), opened,
    )  # fmt: skip


def _groups(rows: Sequence[Row]) -> dict[str, set[int]]:
    return {
        "support suite": {i for i, row in enumerate(rows) if row.suite == "support"},
        "a feeling was read": {i for i, row in enumerate(rows) if _felt(row)},
    }


def _felt(row: Row) -> bool:
    return bool(set(row.true.felt) - {"neutral"})


def _differing(hidden: Blinded, told: Mapping[str, Sequence[Preference]]) -> dict[str, list[Preference]]:
    """On the planned contrasts alone, and without identical replies, which all call a tie."""
    kept = [key.contrast in ALTERED and p.first != p.second for p, key in zip(hidden.pairs, hidden.keys, strict=True)]
    return {name: list(compress(ones, kept)) for name, ones in told.items()}


def _reach(rows: Sequence[Row], condition: Condition) -> Reach:
    both = [(row.true, row.other[condition]) for row in rows if condition in row.other]

    def share(what: str, holds: Iterable[bool]) -> Share:
        return Share(what, sum(holds), len(both))

    return Reach(
        condition,
        share("told", (a.felt != b.felt for a, b in both)),
        share("same", (a.reply == b.reply for a, b in both)),
        share("strategy", (a.strategy != b.strategy for a, b in both)),
        share("cited", (a.cited != b.cited for a, b in both)),
        share("tier", (a.tier != b.tier for a, b in both)),
        sum(not b.before for _, b in both),
    )
