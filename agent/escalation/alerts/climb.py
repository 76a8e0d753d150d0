"""Runs the ladder on a case: notes what is due and defers the sending of it, all in one commit.

Called by a job when a case begins to wait and again when the next step is due, and by the sweep for every case that is
not closed. Whoever comes second finds the step done. The row of the case is locked meanwhile. The first to come says so
on the record and, without any content, in the operator's log.
"""

import logging
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from agent.domain.escalation import Page, Roster, Waiting
from agent.escalation.alerts.ladder import Alert, LadderPolicy, Lapse, Wait, next_action
from agent.escalation.alerts.send import Post
from agent.escalation.cases import CLIMB, RING
from agent.escalation.hands import tell
from agent.storage.repositories.queue import SEND
from agent.storage.unit_of_work import Database, UnitOfWork

log = logging.getLogger("handhold.escalation")


class Ladder:
    """The ladder of this deployment: its policy, and the ways it has to reach somebody."""

    def __init__(self, database: Database, policy: LadderPolicy, post: Post) -> None:
        self._database = database
        self._policy = policy
        self._post = post

    @property
    def policy(self) -> LadderPolicy:
        """Whom to alert, and when."""
        return self._policy

    @property
    def can_reach(self) -> bool:
        """Whether there is any way to reach somebody who does not look at the list."""
        return bool(self._post.channels)

    async def climb(self, case_id: UUID, *, again: bool = True) -> None:
        """Do what is due for a case. ``again``: come back by a job when the next step is."""
        async with self._database.unit_of_work() as work:
            now = await work.alerts.now()
            rung = await work.cases.ring(case_id)
            case = await work.alerts.waiting(case_id)
            if case is None:
                return
            roster, changed = await self._roster(work, now), rung is not None
            action = next_action(case, roster, self._policy, now)
            while not isinstance(action, Wait) and (after := await _do(work, case, action, now)) is not None:
                case, changed = after, True
                action = next_action(case, roster, self._policy, now)
            if again and isinstance(action, Wait) and action.until is not None:
                # One planned climb a case: each ring would add a chain of them for as long as it waits.
                await work.withdraw(CLIMB, case_id=str(case_id))
                await work.defer(CLIMB, at=action.until, case_id=str(case_id))
                changed = True
            if changed:
                await work.commit()
        if rung is not None:
            log.warning("case_open", extra={"case_id": str(case_id), "tier": rung.label})

    async def _roster(self, work: UnitOfWork, now: datetime) -> Roster:
        """Who could be reached: nobody without a way to reach them."""
        if not self._post.channels:
            return Roster()
        return Roster(tuple(await work.roster.on_duty(now)), self._post.outside is not None)


async def _do(work: UnitOfWork, case: Waiting, action: Alert | Lapse, now: datetime) -> Waiting | None:
    """The case as it is then; None if there was nothing to do."""
    if isinstance(action, Alert):
        alert_id = await work.alerts.add(case, action.step, action.to)
        await work.defer(SEND, alert_id=str(alert_id))
        return replace(case, pages=(*case.pages, Page(action.step, action.to, now)))
    lapsed = await work.claims.lapse(case.id)
    if lapsed is None:
        return None
    talk, gone, other = lapsed
    await tell(work, talk, "lapsed" if other is None else "stepped_in", gone, other or "")
    if other is None:
        await work.defer(RING, case_id=str(case.id))
    log.warning("case_lapsed", extra={"case_id": str(case.id)})
    return await work.alerts.waiting(case.id)
