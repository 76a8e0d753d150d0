"""Who is alerted next about a case, and when: one pure function of the case, the roster and the clock.

Nothing here waits. A job runs it, a sweep runs it again over the rows every few seconds, and both come to the same
answer, whoever died in between: what was done already is on the case.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from agent.domain.escalation import OWNED, OnDuty, Outside, Page, Roster, Waiting
from agent.domain.quiet_hours import QuietHours
from agent.domain.risk import Tier

Whom = Literal["on_duty", "next", "supervisor", "outside"]


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: whom to alert, and how long after the round began."""

    whom: Whom
    after: timedelta


@dataclass(frozen=True, slots=True)
class LadderPolicy:
    """``rungs`` by tier, then somebody again every ``again``. Quiet hours hold back what is moderate or less.

    An alert that was acknowledged holds the ladder for ``grace``; then it goes on. ``within``: how soon somebody should
    have answered for a case, counted from when they became needed.
    """

    rungs: dict[Tier, tuple[Rung, ...]]
    again: dict[Tier, timedelta]
    grace: timedelta
    quiet: QuietHours | None = None
    within: dict[Tier, timedelta] = field(default_factory=dict)

    def overdue(self, tier: Tier, since: datetime, now: datetime) -> bool:
        """Whether somebody should have answered by now. What quiet hours hold back is not late in them."""
        if tier <= Tier.MODERATE and self.quiet is not None and self.quiet.until(now) is not None:
            return False
        return tier in self.within and now - since > self.within[tier]

    def rungs_of(self, case: Waiting) -> tuple[Rung, ...]:
        """The steps for a case. When its counsellor vanished, a supervisor is told first."""
        rungs = self.rungs.get(case.tier, ())
        return (Rung("supervisor", timedelta(0)), *rungs) if rungs and case.lapsed else rungs


@dataclass(frozen=True, slots=True)
class Alert:
    """Page somebody now."""

    step: int
    to: UUID | Outside


@dataclass(frozen=True, slots=True)
class Lapse:
    """The counsellor who held the case has vanished: back to the top of the queue."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do until then; None: nothing at all until something happens."""

    until: datetime | None


Action = Alert | Lapse | Wait


def next_action(case: Waiting, roster: Roster, policy: LadderPolicy, now: datetime) -> Action:
    """What is due for a case. Doing it and asking again comes to a ``Wait`` after finitely many steps."""
    if case.status in OWNED:
        return _held(case, now)
    return _climb(case, roster, policy, now) if case.status == "open" else Wait(None)


def _held(case: Waiting, now: datetime) -> Action:
    if case.lease is None or case.lease.until <= now:
        return Lapse()
    return Wait(case.lease.until)


def _climb(case: Waiting, roster: Roster, policy: LadderPolicy, now: datetime) -> Action:
    rungs = policy.rungs_of(case)
    if not rungs:
        return Wait(None)
    can_wait = case.tier <= Tier.MODERATE and not case.lapsed
    morning = policy.quiet.until(now) if policy.quiet is not None and can_wait else None
    if morning is not None:
        return Wait(morning)
    last = max(case.pages, key=lambda p: p.step, default=None)
    step = 0 if last is None else last.step + 1
    due = _due_at(case, last, policy)
    # Up the ladder, an alert that no channel took holds nothing up; nor does a clock that was set back.
    unheard = (last is not None and last.failed_at is not None) or now < case.since
    set_back = last is not None and now + policy.grace < max(last.at, last.acknowledged_at or last.at)
    if due > now and not set_back and not (unheard and step < len(rungs)):
        return Wait(due)
    if step >= len(rungs):
        newcomer = _somebody("next", case, roster, again=False)
        if newcomer is not None:
            return Alert(step, newcomer)
    # A rung on which nobody stands is passed over at once; past the last one all are gone through again, in turn.
    turn = range(step, step + len(rungs)) if step >= len(rungs) else (*range(step, len(rungs)), *reversed(range(step)))
    for n in (m % len(rungs) for m in turn):
        somebody = _somebody(rungs[n].whom, case, roster, again=n < step)
        if somebody is not None:
            return Alert(max(n, step), somebody)
    return Wait(now + policy.again[case.tier])


def _due_at(case: Waiting, last: Page | None, policy: LadderPolicy) -> datetime:
    """When the next alert is due: by the ladder, and not while somebody who answered is on their way."""
    rungs, step = policy.rungs_of(case), 0 if last is None else last.step + 1
    if last is not None and step >= len(rungs):
        planned = last.at + policy.again[case.tier]
    else:
        planned = case.since + rungs[step].after
    answers = [p.acknowledged_at + policy.grace for p in case.pages if p.acknowledged_at is not None]
    return max([planned, *answers])


def _somebody(whom: Whom, case: Waiting, roster: Roster, *, again: bool) -> UUID | Outside | None:
    """Who stands on a rung: not asked yet, then free before busy, then by the person's language and by what they know.

    As in what a counsellor takes next (``desk/order.py``), a language counts for more than a skill.
    """
    if whom == "outside":
        return "outside" if roster.outside else None
    asked = [p.to for p in case.pages]
    able = [o for o in roster.on_duty if o.supervisor or whom != "supervisor"]
    if whom == "next" and not again:
        able = [o for o in able if o.id not in asked]
    able.sort(
        key=lambda o: (asked.count(o.id), not o.free, not _speaks(o, case.languages), not _knows(o, case), o.load)
    )
    return able[0].id if able else None


def _knows(one: OnDuty, case: Waiting) -> bool:
    return not set(case.domains).isdisjoint(one.skills)


def _speaks(one: OnDuty, languages: Sequence[str]) -> bool:
    return not languages or bool(set(languages) & set(one.languages))
