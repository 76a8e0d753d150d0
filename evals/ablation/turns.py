"""The turns that are compared: messages without danger, each with what was said before it."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from agent.domain.risk import Tier
from evals.cases import WRITTEN, Case, Say, load


@dataclass(frozen=True, slots=True)
class Turn:
    """The ``n``-th message (from 0) of a case."""

    case: Case
    n: int

    @property
    def id(self) -> str:
        """Names it in what is written."""
        return f"{self.case.id}/{self.n}"

    @property
    def message(self) -> str:
        """What the person writes."""
        return self.case.said[self.n].say

    def played(self) -> Case:
        """The case up to and with this message."""
        places = [place for place, event in enumerate(self.case.turns) if isinstance(event, Say)]
        return self.case.model_copy(update={"turns": self.case.turns[: places[self.n] + 1]})


def ordinary() -> tuple[Turn, ...]:
    """All messages of the support suite, and of every other suite the first ones, where no danger is expected."""
    return tuple(_ordinary(case for suite in WRITTEN for case in load(suite)))


def _ordinary(cases: Iterable[Case]) -> Iterable[Turn]:
    for case in cases:
        if not isinstance(case.turns[0], Say):
            continue
        for n, said in enumerate(case.said if case.suite == "support" else case.said[:1]):
            tier = said.expect.tier
            if tier is not None and Tier[tier[1].upper()] <= Tier.LOW:
                yield Turn(case, n)


def sample(turns: tuple[Turn, ...], limit: int | None, seed: int) -> tuple[Turn, ...]:
    """So many of them at random, in their order; all without a limit."""
    if limit is None or limit >= len(turns):
        return turns
    chosen = random.Random(seed).sample(range(len(turns)), limit)  # noqa: S311  (no cryptography)
    return tuple(turns[i] for i in sorted(chosen))
