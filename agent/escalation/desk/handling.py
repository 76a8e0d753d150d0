"""What a counsellor does with a case. Each is one commit: the change, its event, and what the person is told of it."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from agent.domain.escalation import OnDuty, Outcome
from agent.domain.risk import Standing
from agent.domain.wording import wording
from agent.errors import Conflict
from agent.escalation.alerts.ladder import LadderPolicy
from agent.escalation.cases import RING
from agent.escalation.desk.follow_up import Plan, plan
from agent.escalation.desk.order import right_ones
from agent.escalation.hands import tell
from agent.storage.repositories.lessons import PREPARE
from agent.storage.repositories.queue import SEND
from agent.storage.unit_of_work import Database
from classifiers.labels import DOMAINS

#: What a closed case can teach: danger that was there, and an alarm that was none.
_TEACHES: Final[frozenset[Outcome]] = frozenset({"true_alarm", "missed", "false_alarm"})


#: Refused until the counsellor says that they know.
NOT_FREE: Final = "not_free"


def not_free(one: OnDuty, now: datetime) -> str:
    """Why somebody on duty should not be given one more case, as the end of a sentence about them."""
    if one.back_at is None:
        return f"has {one.load} case{'s' if one.load > 1 else ''} already, as many as they said"
    minutes = math.ceil((one.back_at - now) / timedelta(minutes=1))
    return f"is on a break for {minutes} more minute{'s' if minutes > 1 else ''}"


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk of this deployment. ``alerts``: whether there is any way to reach somebody who does not look.

    ``learns``: whether messages of closed cases are prepared for supervisors as examples.
    """

    database: Database
    policy: LadderPolicy
    alerts: bool
    learns: bool = False

    async def claim(self, case_id: UUID, by: UUID) -> None:
        """Take a case; alerts about it that waited for this counsellor are answered by that.

        Answers to follow-ups of its person are part of what they read now.
        """
        async with self.database.unit_of_work() as work:
            await work.claims.claim(case_id, by)
            await work.alerts.acknowledged(case_id, by)
            await work.follow_ups.read((await work.cases.talk(case_id)).person_id)
            await work.commit()

    async def take_next(self, by: UUID) -> UUID | None:
        """Take the case that this counsellor should have next; None if nobody waits; ``Conflict`` if they are full."""
        async with self.database.unit_of_work() as work:
            now = await work.alerts.now()
            me = next(one for one in await work.roster.everybody() if one.id == by)
            waiting = await work.cases.listed("waiting")
            if waiting and await work.roster.load(by) >= me.cap:
                raise Conflict(f"You have {me.cap} cases already, as many as you said. Finish one first.", code="full")
        for case in right_ones(waiting, me, self.policy, now):
            try:
                await self.claim(case.id, by)
            except Conflict:  # somebody else was quicker
                continue
            return case.id
        return None

    async def take_over(self, case_id: UUID, by: UUID, fence: int) -> None:
        """From here on the counsellor answers and the agent is silent."""
        async with self.database.unit_of_work() as work:
            talk = await work.claims.take_over(case_id, by, fence)
            await tell(work, talk, "took_over", await work.claims.name(by))
            await work.commit()

    async def say(self, case_id: UUID, by: UUID, fence: int, line_id: UUID, text: str) -> None:
        """Words to the person. The same id again is the same line. Whose words they are is noted with them."""
        async with self.database.unit_of_work() as work:
            talk = await work.claims.may_write(case_id, by, fence)
            whose = wording(text, await work.lines.drafts(talk))
            await work.lines.add(line_id, talk, "counsellor", text, by, whose)
            await work.commit()

    async def whisper(self, case_id: UUID, by: UUID, line_id: UUID, text: str) -> None:
        """Words among counsellors, which the person never sees."""
        async with self.database.unit_of_work() as work:
            talk = await work.cases.talk(case_id)
            await work.lines.add(line_id, talk, "whisper", text, by)
            await work.commit()

    async def draft(self, case_id: UUID, by: UUID, fence: int, *, on: bool) -> None:
        """Whether the agent drafts for the counsellor, who sends or does not. The person is told."""
        async with self.database.unit_of_work() as work:
            talk = await work.claims.draft(case_id, by, fence, on=on)
            if talk is not None:
                await tell(work, talk, "drafts_on" if on else "drafts_off", await work.claims.name(by))
            await work.commit()

    async def join(self, case_id: UUID, by: UUID) -> None:
        """Sit beside the one who has the case."""
        async with self.database.unit_of_work() as work:
            gone = await work.claims.second_gone(case_id)  # before the sweep came by
            if gone is not None:
                await tell(work, gone[0], "left", gone[1])
            talk = await work.claims.join(case_id, by)
            await tell(work, talk, "joined", await work.claims.name(by))
            await work.commit()

    async def leave(self, case_id: UUID, by: UUID) -> None:
        """Go from beside them."""
        async with self.database.unit_of_work() as work:
            talk = await work.claims.leave(case_id, by)
            await tell(work, talk, "left", await work.claims.name(by))
            await work.commit()

    async def transfer(self, case_id: UUID, by: UUID, fence: int, to: UUID, note: str, *, anyway: bool = False) -> None:
        """Pass it on. Who does not sit beside already is alerted, and loses it again unless they open it soon.

        ``anyway``: also to somebody who is on a break or has as many cases as they said. Without it that is refused.
        """
        async with self.database.unit_of_work() as work:
            now = await work.alerts.now()
            one = next((one for one in await work.roster.on_duty(now) if one.id == to), None)
            if one is None:
                raise Conflict("They are not on duty now. Choose somebody who is.", code="not_on_duty")
            if not one.free and not anyway:
                who, why = await work.claims.name(to), not_free(one, now)
                raise Conflict(f"{who} {why}. Choose somebody else, or tick that you pass it on anyway.", code=NOT_FREE)
            talk, beside, dropped = await work.claims.transfer(case_id, by, fence, to, note)
            name, other = await work.claims.name(by), await work.claims.name(to)
            if dropped is not None:
                await tell(work, talk, "left", dropped)
            await tell(work, talk, "passed_on" if beside else "transferred", name, other)
            case = await work.alerts.waiting(case_id)
            if self.alerts and not beside and case is not None:
                await work.defer(SEND, alert_id=str(await work.alerts.add(case, 0, to)))
            await work.commit()

    async def hand_back(self, case_id: UUID, by: UUID, fence: int, note: str, follow: Plan | None = None) -> None:
        """The agent answers again; the case waits for nobody. ``follow``: somebody writes to the person later."""
        async with self.database.unit_of_work() as work:
            talk = await work.claims.hand_back(case_id, by, fence, note)
            await tell(work, talk, "handed_back", await work.claims.name(by))
            await work.follow_ups.read(talk.person_id)
            if follow is not None:
                await plan(work, talk, by, follow)
            await work.commit()

    async def put_back(self, case_id: UUID, by: UUID, fence: int, note: str) -> None:
        """Into the queue again, and the bell rings for it in the same commit."""
        async with self.database.unit_of_work() as work:
            talk = await work.claims.release(case_id, by, fence, note)
            await tell(work, talk, "released", await work.claims.name(by))
            await work.defer(RING, case_id=str(case_id))
            await work.commit()

    async def open_again(self, case_id: UUID, by: UUID, note: str) -> None:
        """It waits again, the bell rings, and the risk that was lowered when it was closed stands again.

        What the closed case was to teach is withdrawn with its outcome, also where it was approved.
        """
        async with self.database.unit_of_work() as work:
            talk = await work.claims.reopen(case_id, by, note)
            case, stands = await work.cases.get(case_id), await work.people.standing(talk.person_id, keep=True)
            if case.tier > stands.tier:
                await work.people.hold(
                    talk.person_id, Standing(case.tier, tuple(d for d in DOMAINS if d in case.domains)), restated=True
                )
            await work.lessons.withdraw(case_id)
            await work.defer(RING, case_id=str(case_id))
            await work.commit()

    async def close(
        self, case_id: UUID, by: UUID, fence: int, note: str, outcome: Outcome, follow: Plan | None = None
    ) -> None:
        """The case is over, and the person's standing risk steps down with it: a counsellor has reassessed."""
        async with self.database.unit_of_work() as work:
            talk, talked = await work.claims.close(case_id, by, fence, note, outcome)
            await tell(work, talk, "closed" if talked else "closed_unspoken", await work.claims.name(by))
            await work.people.reassessed(talk.person_id)
            await work.follow_ups.read(talk.person_id)
            if follow is not None:
                await plan(work, talk, by, follow)
            if self.learns and outcome in _TEACHES:
                await work.defer(PREPARE, case_id=str(case_id))
            await work.commit()
