"""What a counsellor does with a case. Each is one commit: the change, its event, and what the person is told of it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from agent.domain.escalation import Outcome
from agent.errors import Conflict
from agent.escalation.alerts.ladder import LadderPolicy
from agent.escalation.cases import RING
from agent.escalation.desk.follow_up import Plan, plan
from agent.escalation.desk.order import right_ones
from agent.escalation.hands import tell
from agent.storage.repositories.lessons import PREPARE
from agent.storage.repositories.queue import SEND
from agent.storage.unit_of_work import Database

#: What a closed case can teach: danger that was there, and an alarm that was none.
_TEACHES: Final[frozenset[Outcome]] = frozenset({"true_alarm", "missed", "false_alarm"})


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
        """Take a case; alerts about it that waited for this counsellor are answered by that."""
        async with self.database.unit_of_work() as work:
            await work.claims.claim(case_id, by)
            await work.alerts.acknowledged(case_id, by)
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
        """Words to the person. The same id again is the same line."""
        async with self.database.unit_of_work() as work:
            talk = await work.claims.may_write(case_id, by, fence)
            await work.lines.add(line_id, talk, "counsellor", text, by)
            await work.commit()

    async def whisper(self, case_id: UUID, by: UUID, line_id: UUID, text: str) -> None:
        """Words among counsellors, which the person never sees."""
        async with self.database.unit_of_work() as work:
            talk = await work.cases.talk(case_id)
            await work.lines.add(line_id, talk, "whisper", text, by)
            await work.commit()

    async def draft(self, case_id: UUID, by: UUID, fence: int, *, on: bool) -> None:
        """Whether the agent drafts for the counsellor, who sends or does not."""
        async with self.database.unit_of_work() as work:
            await work.claims.draft(case_id, by, fence, on=on)
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

    async def transfer(self, case_id: UUID, by: UUID, fence: int, to: UUID, note: str) -> None:
        """Pass it on. Who does not sit beside already is alerted, and loses it again unless they open it soon."""
        async with self.database.unit_of_work() as work:
            now = await work.alerts.now()
            if all(one.id != to for one in await work.roster.on_duty(now)):
                raise Conflict("They are not on duty now. Choose somebody who is.", code="not_on_duty")
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

    async def close(
        self, case_id: UUID, by: UUID, fence: int, note: str, outcome: Outcome, follow: Plan | None = None
    ) -> None:
        """The case is over, and the person's standing risk steps down with it: a counsellor has reassessed."""
        async with self.database.unit_of_work() as work:
            talk, talked = await work.claims.close(case_id, by, fence, note, outcome)
            await tell(work, talk, "closed" if talked else "closed_unspoken", await work.claims.name(by))
            await work.people.reassessed(talk.person_id)
            if follow is not None:
                await plan(work, talk, by, follow)
            if self.learns and outcome in _TEACHES:
                await work.defer(PREPARE, case_id=str(case_id))
            await work.commit()
