"""Questionnaires that people fill in about themselves: their form, and how the answers add up. Never a diagnosis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Option:
    """An answer that may be chosen, its points, and its LOINC answer code if it has one."""

    points: int
    text: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One question. ``reverse``: it counts the other way round. ``danger``: any points on it open the risk path."""

    text: str
    code: str | None = None
    reverse: bool = False
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A published range of the total, from ``least`` up to the next: its name, and what it means in plain words."""

    least: int
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One questionnaire. ``factor`` multiplies the sum; ``change`` is the least difference that counts as one.

    ``better``: whether a low or a high total is the good end. ``told`` is said in the chat, in the person's words, when
    an item of danger has points; ``{answer}`` stands for the option. ``code`` and ``total_code`` are LOINC.
    """

    key: str
    title: str
    about: str
    stem: str
    items: tuple[Item, ...]
    options: tuple[Option, ...]
    bands: tuple[Band, ...]
    better: Literal["low", "high"]
    every_days: int
    sources: tuple[str, ...]
    licence: str
    factor: int = 1
    change: int | None = None
    told: str = ""
    code: str | None = None
    total_code: str | None = None

    @property
    def most(self) -> int:
        """The highest total."""
        return self.factor * len(self.items) * max(o.points for o in self.options)

    def option(self, points: int) -> Option:
        """The answer with these points; ``ValueError`` if there is none."""
        found = next((o for o in self.options if o.points == points), None)
        if found is None:
            raise ValueError(f"{self.title} has no answer with {points} points")
        return found

    def due(self, last: datetime | None) -> datetime | None:
        """When it makes sense to fill it in again; None if it never was. It asks about the days since."""
        return last + timedelta(days=self.every_days) if last else None


@dataclass(frozen=True, slots=True)
class Score:
    """What the answers come to. ``total`` and ``band`` are None if one was left out: a part of a sum says nothing.

    ``danger`` is the highest number of points on an item of danger; None if none of those was answered.
    """

    total: int | None
    band: Band | None
    danger: int | None


def score(measure: Measure, answers: Sequence[int | None]) -> Score:
    """Add up, in points per item and None where somebody would rather not say. ``ValueError`` for what cannot be."""
    if len(answers) != len(measure.items):
        raise ValueError(f"{measure.title} has {len(measure.items)} questions, and {len(answers)} answers came")
    points = [None if a is None else measure.option(a).points for a in answers]
    dangers = [p for item, p in zip(measure.items, points, strict=True) if item.danger and p is not None]
    danger = max(dangers, default=None)
    top = max(o.points for o in measure.options)
    counted = [top - p if i.reverse else p for i, p in zip(measure.items, points, strict=True) if p is not None]
    if len(counted) < len(measure.items):
        return Score(None, None, danger)
    total = measure.factor * sum(counted)
    band = max((b for b in measure.bands if b.least <= total), key=lambda b: b.least, default=None)
    return Score(total, band, danger)


def changed(measure: Measure, before: int, now: int) -> Literal["better", "worse", "about the same"] | None:
    """What became of a total, by the least difference that studies count as one; None if none is known."""
    if measure.change is None:
        return None
    gone = (before - now) if measure.better == "low" else (now - before)
    return "better" if gone >= measure.change else "worse" if gone <= -measure.change else "about the same"
