"""What the record of a case says about waiting: from when somebody was needed, and when somebody answered. Pure.

A **wait** begins when a case is opened, opened again, put back, taken from a counsellor who vanished, or when danger
comes back after it was handed to the agent. It ends when somebody takes the case. A wait that gets worse has more than
one **round**, for the deadline of the higher tier runs from that moment.

The row of the case has the last word: a case that is not open waits for nobody, and one that is open waits, whatever
the order of two events that were written in the same moment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from agent.domain.escalation import CaseStatus, Outcome
from agent.domain.risk import Tier

#: The events after which somebody is needed, and those after which somebody is there.
NEEDED: Final = frozenset({"opened", "reopened", "released", "lapsed"})
TAKEN: Final = frozenset({"claimed", "took_over", "stepped_in", "transferred"})
ENDED: Final = frozenset({"handed_back", "closed"})
STEPS: Final = NEEDED | TAKEN | ENDED | {"risk"}


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the record, without who and why."""

    kind: str
    at: datetime
    tier: Tier


@dataclass(frozen=True, slots=True)
class History:
    """A case and its steps, oldest first. ``answers``: when alerts about it were acknowledged. No person, no words.

    ``counsellor`` is the name of who closed it, else of who has it.
    """

    id: UUID
    status: CaseStatus
    tier: Tier
    domains: tuple[str, ...]
    opened_at: datetime
    since: datetime
    outcome: Outcome | None
    closed_at: datetime | None
    counsellor: str | None
    steps: tuple[Step, ...]
    answers: tuple[datetime, ...] = ()
    alerts: int = 0

    def count(self, kind: str, after: datetime) -> int:
        """How often something has happened to it since a moment."""
        return sum(s.kind == kind and s.at >= after for s in self.steps)


@dataclass(frozen=True, slots=True)
class Round:
    """Part of a wait under one tier. ``end``: how it ended; None while it runs.

    ``waiting_since`` is the beginning of the whole wait. ``answered``: the first acknowledged alert or the claim.
    """

    began: datetime
    tier: Tier
    waiting_since: datetime
    ended: datetime | None = None
    end: Literal["taken", "worse"] | None = None
    answered: datetime | None = None

    def in_time(self, within: Mapping[Tier, timedelta], now: datetime) -> bool | None:
        """Whether somebody answered within the deadline; None if there is none or it is too early to say.

        A round that got worse before its own deadline says nothing either way: the next one does.
        """
        limit = within.get(self.tier)
        if limit is None:
            return None
        if self.answered is not None:
            return self.answered - self.began <= limit
        return False if (self.ended or now) - self.began > limit else None


def rounds(case: History) -> tuple[Round, ...]:
    """All rounds of a case, oldest first; the last one runs if the case is open."""
    done, running = _told(case.steps)
    if case.status != "open":
        running = None
    else:
        running = replace(running or Round(case.since, case.tier, case.since), tier=case.tier)
    # Taken from one and given to the one beside them in the same commit: nobody waited.
    found = [r for r in done if r.ended != r.began] + ([running] if running is not None else [])
    return tuple(replace(r, answered=_answered(r, case.answers)) for r in found)


def _told(steps: Iterable[Step]) -> tuple[list[Round], Round | None]:
    """The rounds that the steps tell of, and the one that still runs."""
    done: list[Round] = []
    running, tier, last = None, Tier.NONE, ""
    for step in steps:
        tier = step.tier if step.kind in {"opened", "reopened"} else max(tier, step.tier)
        anew = step.kind in NEEDED or (step.kind == "risk" and last == "handed_back")
        if running is None and anew:
            running = Round(step.at, tier, step.at)
        elif running is not None and step.kind in TAKEN | ENDED:
            done.append(replace(running, ended=step.at, end="taken"))
            running = None
        elif running is not None and tier > running.tier:
            done.append(replace(running, ended=step.at, end="worse"))
            running = Round(step.at, tier, running.waiting_since)
        if step.kind != "risk" or anew:
            last = step.kind
    return done, running


def _answered(one: Round, answers: Iterable[datetime]) -> datetime | None:
    heard = [a for a in answers if one.began <= a and (one.ended is None or a <= one.ended)]
    taken = [one.ended] if one.ended is not None and one.end == "taken" else []
    return min([*heard, *taken], default=None)
