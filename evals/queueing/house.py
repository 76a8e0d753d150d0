"""The counsellors: who is on duty, what they hold, and how they answer a page."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

import numpy as np

from agent.domain.escalation import OnDuty, Roster
from agent.domain.roster import Counsellor
from evals.queueing.demand import HOUR, MINUTE
from evals.queueing.settings import Rota

#: Pages of all cases draw from so many prepared answers: a page draws the same one whatever the staff is.
_PREPARED: Final = 16381


@dataclass(frozen=True, slots=True)
class Answers:
    """After how many microseconds a page is answered; None if never."""

    prepared: tuple[int | None, ...]

    @classmethod
    def draw(cls, rota: Rota, seed: tuple[int, ...]) -> "Answers":
        """By the chance of one replication."""
        dice = np.random.default_rng((*seed, 1))
        never, deviates = dice.random(_PREPARED) < rota.unanswered, dice.standard_normal(_PREPARED)
        after = [round(rota.answer.at(float(z)) * MINUTE) for z in deviates]
        return cls(tuple(None if no else a for no, a in zip(never, after, strict=True)))

    def after(self, case: int, step: int) -> int | None:
        """Of one page about one case."""
        return self.prepared[(case * 31 + step) % len(self.prepared)]


class House:
    """Counsellors by number, from 0; an hour with three on duty has 0, 1 and 2. Whoever has a case finishes it."""

    def __init__(self, rota: Rota) -> None:
        self._rota = rota
        everybody = range(max(rota.counsellors))
        self.load = [0] * len(everybody)
        self.people = [
            Counsellor(UUID(int=n), f"counsellor {n}", n < rota.supervisors, cap=rota.holds) for n in everybody
        ]

    def on_duty(self, at: int) -> int:
        """How many are."""
        return self._rota.counsellors[at // HOUR % 24]

    def has_room(self, who: int, at: int) -> bool:
        """Whether this one is on duty and can hold one more."""
        return who < self.on_duty(at) and self.load[who] < self._rota.holds

    def roster(self, at: int) -> Roster:
        """As the ladder is told."""
        there = tuple(self.load[: self.on_duty(at)])
        return _roster(there, self._rota.holds, self._rota.supervisors, self._rota.outside)


@lru_cache(maxsize=4096)
def _roster(loads: tuple[int, ...], holds: int, supervisors: int, outside: bool) -> Roster:
    return Roster(
        tuple(
            OnDuty(UUID(int=n), supervisor=n < supervisors, load=load, cap=holds, skills=())
            for n, load in enumerate(loads)
        ),
        outside,
    )
