"""How many replies of each condition do what the rules look for: not which is better, but how good they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evals.ablation.play import Row
from evals.ablation.readings import ALTERED, Condition
from evals.ablation.tone import tone
from evals.figures import Share
from evals.scorers.reflection import reflects

_READ: Final[tuple[Literal["true"] | Condition, ...]] = ("true", *ALTERED)


@dataclass(frozen=True, slots=True)
class Level:
    """``named``: the reply names a feeling that the message shows. ``against``: it names one of the other side alone.

    Both of the turns whose message shows a feeling in words of the lexicon; ``reflects`` of all.
    """

    condition: str
    named: Share
    against: Share
    reflects: Share


def levels(rows: Sequence[Row]) -> tuple[Level, ...]:
    """Of the true replies, and of those in each altered condition."""
    return tuple(_level(condition, [(row.message, _replies(row)[condition]) for row in rows]) for condition in _READ)


def _replies(row: Row) -> Mapping[str, str]:
    return {"true": row.true.reply, **{condition: answer.reply for condition, answer in row.other.items()}}


def _level(condition: str, told: Sequence[tuple[str, str]]) -> Level:
    tones = [score for score in (tone(message, reply) for message, reply in told) if score is not None]
    reflecting = sum(bool(reflects(reply, (message,))) for message, reply in told)
    return Level(
        condition,
        Share("named", tones.count(1.0), len(tones)),
        Share("against", tones.count(-1.0), len(tones)),
        Share("reflects", reflecting, len(told)),
    )
