"""Pairs of replies for raters who must not know which is which."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evals.ablation.play import Row
from evals.ablation.readings import ALTERED, derangement

#: 1 where the first is better, -1 where the second is, 0 where neither; None where the rater cannot say.
Preference = Literal[1, 0, -1] | None
#: What the true reply is set against. ``another's``: the true reply to another message, which raters worth listening
#: to must find worse; ``again``: the same reading once more.
Contrast = Literal["absent", "shuffled", "contradictory", "again", "another's"]
CONTRASTS: Final[tuple[Contrast, ...]] = (*ALTERED, "again", "another's")


@dataclass(frozen=True, slots=True)
class Pair:
    """All that a rater is given."""

    message: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Key:
    """Which turn, by its place in the rows, a pair is of, and against what. ``swapped``: the true reply is second."""

    row: int
    contrast: Contrast
    swapped: bool


@dataclass(frozen=True, slots=True)
class Blinded:
    """Pairs in random order, each with its replies in random order; ``keys`` stay with us."""

    pairs: tuple[Pair, ...]
    keys: tuple[Key, ...]

    def opened(self, preferences: Sequence[Preference]) -> Mapping[Contrast, Mapping[int, Preference]]:
        """By contrast and row, 1 where the true reply was preferred, in the order of the rows."""
        found: dict[Contrast, dict[int, Preference]] = {contrast: {} for contrast in CONTRASTS}
        for key, preference in sorted(zip(self.keys, preferences, strict=True), key=lambda kp: kp[0].row):
            found[key.contrast][key.row] = _turned(preference) if key.swapped else preference
        return found


def _turned(preference: Preference) -> Preference:
    turned: Mapping[Preference, Preference] = {1: -1, -1: 1}
    return turned.get(preference, preference)


def blinded(rows: Sequence[Row], seed: int) -> Blinded:
    """Every true reply against each other one of its turn, and against the true one of another turn."""
    dice = random.Random(seed)  # noqa: S311  (no cryptography)
    whose = derangement(len(rows), seed + 1)
    made = list[tuple[Pair, Key]]()
    for n, row in enumerate(rows):
        against: dict[Contrast, str] = {c: answer.reply for c, answer in row.other.items()}
        against["another's"] = rows[whose[n]].true.reply
        for contrast, reply in against.items():
            swapped = dice.random() < 0.5  # noqa: PLR2004
            first, second = (reply, row.true.reply) if swapped else (row.true.reply, reply)
            made.append((Pair(row.message, first, second), Key(n, contrast, swapped)))
    dice.shuffle(made)
    return Blinded(tuple(pair for pair, _ in made), tuple(key for _, key in made))
