"""The assumptions of ``scenarios.toml``, checked when they are read."""

import json
import math
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from classifiers.labels import TierName

Probability = Annotated[float, Field(ge=0, le=1)]
#: One number for each hour of the day, from midnight.
Hourly = Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=24, max_length=24)]
Staffed = Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=24, max_length=24)]
#: The 90th percentile of the standard normal distribution.
Z90 = 1.2815515655446004


class Strict(BaseModel):
    """Nothing unknown, nothing converted, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Minutes(Strict):
    """A lognormal duration."""

    median: Annotated[float, Field(ge=0)]
    p90: Annotated[float, Field(ge=0)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.p90 < self.median or (self.median == 0 and self.p90 > 0):
            raise ValueError("p90 is at least the median, and both are 0 or neither")
        return self

    def at(self, z: float) -> float:
        """The duration at a standard normal deviate."""
        return self.median * math.exp(z * math.log(self.p90 / self.median) / Z90) if self.median else 0.0


class ReadAs(Strict):
    """To which tier an alarm goes."""

    moderate: Probability
    high: Probability
    imminent: Probability

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not math.isclose(self.moderate + self.high + self.imminent, 1, abs_tol=1e-6):
            raise ValueError("the tiers of an alarm add up to 1")
        return self


class Kind(Strict):
    """Conversations of one kind: how many of 1,000, how often they alarm, and where that figure is from.

    ``interval``: 95 % of ``alarm``.
    """

    name: str
    true: TierName
    per_thousand: Annotated[float, Field(ge=0)]
    alarm: Probability
    interval: tuple[Probability, Probability]
    source: str
    read_as: ReadAs

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if not self.interval[0] <= self.alarm <= self.interval[1]:
            raise ValueError("the share of alarms lies in its interval")
        return self

    @property
    def danger(self) -> bool:
        """Whether somebody should see it."""
        return self.true in {"moderate", "high", "imminent"}


class Point(Strict):
    """An operating point of the reader: counts at a threshold, as in the reader's card."""

    name: str
    threshold: Probability
    found: int
    dangerous: int
    false: int
    harmless: int

    @model_validator(mode="after")
    def _between(self) -> Self:
        if not (0 < self.found < self.dangerous and 0 < self.false < self.harmless):
            raise ValueError("a point finds some and not all: odds are taken of it")
        return self


class Rota(Strict):
    """Who is there. ``holds``: cases at once. ``unanswered``: share of pages that a counsellor with room ignores."""

    counsellors: Staffed
    holds: Annotated[int, Field(ge=1)]
    supervisors: Annotated[int, Field(ge=0)]
    outside: bool
    unanswered: Probability
    answer: Minutes


class Scenario(Strict):
    """What is different from the base. ``point``: another operating point; ``alarm``: other shares, by kind."""

    name: str
    what: str
    arrivals: Annotated[float, Field(gt=0)] = 1.0
    false_alarms: Annotated[float, Field(ge=0)] = 1.0
    counsellors: Staffed | None = None
    unanswered: Probability | None = None
    answer: Minutes | None = None
    point: str | None = None
    alarm: dict[str, Probability] = {}


class Assumptions(Strict):
    """All of the file. ``reference``: the operating point that the shares of ``kinds`` belong to.

    ``talks``: the scenarios, which differ in how often harmless talk alarms, that the budgets are set against.
    """

    version: str
    conversations: Hourly
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    true_alarm: Minutes
    false_alarm: Minutes
    rota: Rota
    reference: str
    points: tuple[Point, ...]
    scenarios: tuple[Scenario, ...]
    budgets: tuple[int, ...]
    talks: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not math.isclose(sum(k.per_thousand for k in self.kinds), 1000, abs_tol=1e-6):
            raise ValueError("the kinds add up to 1,000")
        points, kinds = {p.name for p in self.points}, {k.name for k in self.kinds}
        wanted = {self.reference, *(s.point for s in self.scenarios if s.point is not None)}
        named = {name for s in self.scenarios for name in s.alarm}
        scenarios = {s.name for s in self.scenarios}
        if unknown := (wanted - points) | (named - kinds) | (set(self.talks) - scenarios):
            raise ValueError(f"named but not there: {', '.join(sorted(unknown))}")
        if len(scenarios) < len(self.scenarios):
            raise ValueError("two scenarios have one name")
        return self

    def point(self, name: str) -> Point:
        """The operating point of that name."""
        return next(p for p in self.points if p.name == name)

    def staffed(self, scenario: Scenario) -> Rota:
        """Who is there in a scenario."""
        other = {name: getattr(scenario, name) for name in ("counsellors", "unanswered", "answer")}
        return self.rota.model_copy(update={name: value for name, value in other.items() if value is not None})

    def scenario(self, name: str) -> Scenario:
        """The scenario of that name."""
        return next(s for s in self.scenarios if s.name == name)


def load(path: Path | None = None) -> Assumptions:
    """The shipped assumptions, or those of a file; ``ValidationError`` if they do not fit."""
    where = files("evals.queueing").joinpath("scenarios.toml") if path is None else path
    # By way of JSON: there a list may become a tuple, and nothing else is converted.
    return Assumptions.model_validate_json(json.dumps(tomllib.loads(where.read_text("utf-8"))))
