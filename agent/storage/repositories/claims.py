"""Who holds a case. A claim is a lease with a fence: whoever lost it can write nothing more under it."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Row, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.escalation import OWNED, Happening, Outcome, after
from agent.domain.risk import Tier
from agent.errors import Conflict, NotFound
from agent.storage.repositories.case_record import CaseRecord, EventKind
from agent.storage.repositories.conversations import latest_of
from agent.storage.repositories.lines import Talk
from agent.storage.tables import counsellor, crisis_case

#: A counsellor who gives no sign of life for this long is taken to be gone. The page gives one every half minute.
LEASE: Final = timedelta(minutes=5)
#: How long somebody a case was passed to has to open it.
PASSED: Final = timedelta(minutes=2)
_NOBODY: Final[dict[str, Any]] = {
    "owner": None, "lease_until": None, "second": None, "second_until": None, "drafting": False,
}  # fmt: skip
_WAITS: Final[dict[str, Any]] = {**_NOBODY, "rung_at": None, "since": func.now()}


def lease_over(until: Column[datetime]) -> ColumnElement[bool]:
    """Whether a lease has run out, or lies further away than anybody can have it: the clock was set back since."""
    return (until <= func.now()) | (until > func.now() + 2 * LEASE)


class Claims:
    """Claim, stay, talk, pass on, put back, close; and take from those who vanished. The row is locked meanwhile."""

    def __init__(self, connection: AsyncConnection, record: CaseRecord) -> None:
        self._connection = connection
        self._record = record

    async def claim(self, case_id: UUID, by: UUID) -> int:
        """Take a case; returns the fence of this claim. ``Conflict`` names who has it if somebody does."""
        row = await self._locked(case_id)
        if row.status in OWNED:
            who = "You have" if row.owner == by else f"{await self.name(row.owner)} has"
            raise Conflict(f"{who} this case already.", code="already_claimed")
        fence: int = row.fence + 1
        values = {"owner": by, "lease_until": func.now() + LEASE, "fence": fence, "lapsed": False}
        await self._move(row, "claim", "claimed", by, "", values)
        return fence

    async def stay(self, case_id: UUID, by: UUID, fence: int) -> None:
        """A sign of life of the owner or of the second counsellor: their lease runs from now."""
        row = await self._sitting(case_id, by, fence)
        await self._set(row, **{"lease_until" if row.owner == by else "second_until": func.now() + LEASE})

    async def may_write(self, case_id: UUID, by: UUID, fence: int) -> Talk:
        """Where the words of the owner or of the second counsellor go; ``Conflict`` while nobody talks."""
        row = await self._sitting(case_id, by, fence)
        if row.status != "in_conversation":
            raise Conflict("Take over the conversation first. The program still answers in it.", code="not_taken_over")
        return await self._talk(row)

    async def take_over(self, case_id: UUID, by: UUID, fence: int) -> Talk:
        """The counsellor talks with the person; from the commit on the agent is silent."""
        row = await self._held(case_id, by, fence)
        await self._move(row, "take_over", "took_over", by, "", {"lease_until": func.now() + LEASE})
        return await self._talk(row)

    async def hand_back(self, case_id: UUID, by: UUID, fence: int, note: str) -> Talk:
        """The agent answers again; the case stays, and waits for nobody."""
        row = await self._held(case_id, by, fence)
        await self._move(row, "hand_back", "handed_back", by, note, _NOBODY)
        return await self._talk(row)

    async def transfer(self, case_id: UUID, by: UUID, fence: int, to: UUID, note: str) -> tuple[Talk, bool, str | None]:
        """Pass it to another counsellor. True if they sit beside already and go on at once; else they come soon.

        Who else sat beside the owner does so no longer: their name, too.
        """
        row = await self._held(case_id, by, fence)
        if to == by:
            raise Conflict("You have this case already.", code="already_claimed")
        beside = row.second == to and not row.second_over
        new = {"owner": to, "fence": row.fence + 1, "second": None, "second_until": None}
        words = f"to {await self.name(to)}: {note}"
        dropped = row.second if row.second is not None and not beside else None
        if dropped is not None:
            await self._note(row, "left", dropped)
        if beside:
            values = {**new, "lease_until": func.now() + LEASE}
            await self._move(row, "step_in", "transferred", by, words, values)
        else:
            # A new wait, so that the alert about it is one of its own.
            values = {**new, "lease_until": func.now() + PASSED, "since": func.now(), "drafting": False}
            await self._move(row, "transfer", "transferred", by, words, values)
        return await self._talk(row), beside, None if dropped is None else await self.name(dropped)

    async def join(self, case_id: UUID, by: UUID) -> Talk:
        """Sit beside the counsellor who has the case. One can."""
        row = await self._locked(case_id)
        if row.status not in OWNED or row.owner == by:
            raise Conflict("There is nobody to join here.", code="nobody_to_join")
        if row.second is not None and not row.second_over:
            who = "You have" if row.second == by else f"{await self.name(row.second)} has"
            raise Conflict(f"{who} joined already.", code="already_joined")
        await self._set(row, second=by, second_until=func.now() + LEASE)
        await self._note(row, "joined", by)
        return await self._talk(row)

    async def leave(self, case_id: UUID, by: UUID) -> Talk:
        """The second counsellor goes."""
        row = await self._locked(case_id)
        if row.second != by:
            raise Conflict("You are not beside anybody here.", code="not_joined")
        await self._set(row, second=None, second_until=None)
        await self._note(row, "left", by)
        return await self._talk(row)

    async def draft(self, case_id: UUID, by: UUID, fence: int, *, on: bool) -> Talk | None:
        """Whether the agent drafts what the counsellor could say; None if it was so already.

        ``Conflict`` while the agent still answers by itself: nobody reads its words before they are sent.
        """
        row = await self._held(case_id, by, fence)
        if row.status != "in_conversation":
            raise Conflict("Take over the conversation first. The program still answers in it.", code="not_taken_over")
        if row.drafting == on:
            return None
        await self._set(row, drafting=on)
        await self._note(row, "drafts_on" if on else "drafts_off", by)
        return await self._talk(row)

    async def release(self, case_id: UUID, by: UUID, fence: int, note: str) -> Talk:
        """Put it back into the queue, with a note for whoever takes it next."""
        row = await self._held(case_id, by, fence)
        await self._move(row, "release", "released", by, note, _WAITS)
        return await self._talk(row)

    async def reopen(self, case_id: UUID, by: UUID, note: str) -> Talk:
        """Open a case again that was closed or handed back; it waits like a new one. The note says why.

        ``Conflict`` if the person has another case by now: there is one for each at a time.
        """
        row = await self._locked(case_id)
        await self._no_other(row)
        ended = {"outcome": None, "closed_at": None, "closed_by": None}
        values = {**_WAITS, **ended, "needed_at": func.now(), "lapsed": False}
        try:
            async with self._connection.begin_nested():
                await self._move(row, "reopen", "reopened", by, note, values)
        except IntegrityError:  # new danger opened one in this moment: the index lets nobody have two
            await self._no_other(row)
            raise
        return await self._talk(row)

    async def close(self, case_id: UUID, by: UUID, fence: int, note: str, outcome: Outcome) -> tuple[Talk, bool]:
        """Close with a note and what it turned out to be. True if the counsellor talked with the person until now."""
        row = await self._held(case_id, by, fence)
        values = {**_NOBODY, "outcome": outcome, "closed_at": func.now(), "closed_by": by}
        await self._set(row, status=after(row.status, "close"), updated_at=func.now(), **values)
        await self._record.add(row.id, "closed", row.person_id, Tier(row.tier), actor=by, detail=note, outcome=outcome)
        return await self._talk(row), row.status == "in_conversation"

    async def lapse(self, case_id: UUID) -> tuple[Talk, str, str | None] | None:
        """Take it from a counsellor who vanished: to the one beside them, else back into the queue.

        Returns where, who vanished and who stepped in; None if they came back meanwhile.
        """
        row = await self._locked(case_id)
        if row.status not in OWNED or not row.over:
            return None
        gone = await self.name(row.owner)
        if row.second is None or row.second_over:
            await self._move(row, "lapse", "lapsed", row.owner, "", {**_WAITS, "lapsed": True})
            return await self._talk(row), gone, None
        new = {"owner": row.second, "lease_until": func.now() + LEASE, "fence": row.fence + 1}
        await self._note(row, "lapsed", row.owner)
        await self._move(row, "step_in", "stepped_in", row.second, "", {**new, "second": None, "second_until": None})
        return await self._talk(row), gone, await self.name(row.second)

    async def abandon(self, counsellor_id: UUID) -> None:
        """Their leases are over now: the next sweep takes their cases from them, as from one who vanished."""
        c = crisis_case.c
        for who, until in ((c.owner, c.lease_until), (c.second, c.second_until)):
            over = update(crisis_case).where(who == counsellor_id, c.status.in_(OWNED)).values({until: func.now()})
            await self._connection.execute(over)

    async def second_gone(self, case_id: UUID) -> tuple[Talk, str] | None:
        """Note that the second counsellor vanished; returns where and who, None if they are there."""
        row = await self._locked(case_id)
        if row.second is None or not row.second_over:
            return None
        await self._set(row, second=None, second_until=None)
        await self._note(row, "left", row.second)
        return await self._talk(row), await self.name(row.second)

    async def seconds_gone(self) -> list[UUID]:
        """Cases whose second counsellor has vanished, for the sweep."""
        c = crisis_case.c
        return list((await self._connection.execute(select(c.id).where(lease_over(c.second_until)))).scalars())

    async def name(self, counsellor_id: UUID) -> str:
        """The name by which a counsellor is known."""
        query = select(counsellor.c.name).where(counsellor.c.id == counsellor_id)
        found: str | None = (await self._connection.execute(query)).scalar_one_or_none()
        if found is None:
            raise NotFound("There is no such counsellor.", code="unknown_counsellor")
        return found

    async def seated(self, case_id: UUID, by: UUID, fence: int) -> tuple[UUID, Tier]:
        """Whose case it is and its tier, for the owner and the second counsellor; ``Conflict`` for everybody else."""
        row = await self._sitting(case_id, by, fence)
        return row.person_id, Tier(row.tier)

    async def _no_other(self, row: Row[Any]) -> None:
        """``Conflict`` if the person of a case has another one that is not closed."""
        c = crisis_case.c
        others = select(c.id).where(c.person_id == row.person_id, c.status != "closed", c.id != row.id)
        other = (await self._connection.execute(others)).scalar_one_or_none()
        if other is not None:
            raise Conflict(f"This person has another case by now, {str(other)[:8]}. Go on there.", code="has_a_case")

    async def _talk(self, row: Row[Any]) -> Talk:
        """The chat that the person wrote in or opened last; the case moves to it."""
        newest: UUID = (await self._connection.execute(latest_of(row.person_id))).scalar_one()
        if newest != row.conversation_id:
            await self._set(row, conversation_id=newest)
        return Talk(row.id, newest, row.person_id)

    async def _held(self, case_id: UUID, by: UUID, fence: int) -> Row[Any]:
        """The case, if this very claim still holds it."""
        row = await self._sitting(case_id, by, fence)
        if row.owner != by:
            raise Conflict("Only the counsellor who has the case can do this.", code="not_yours")
        return row

    async def _sitting(self, case_id: UUID, by: UUID, fence: int) -> Row[Any]:
        """The case, if this claim still holds it or its second counsellor asks."""
        row = await self._locked(case_id)
        if row.status == "closed":
            raise Conflict("This case is closed.", code="already_closed")
        beside = row.second == by and not row.second_over and row.status in OWNED
        if not beside and (row.owner != by or row.fence != fence):
            raise Conflict("You no longer have this case. Nothing was changed.", code="claim_lost")
        return row

    async def _locked(self, case_id: UUID) -> Row[Any]:
        c = crisis_case.c
        columns = (c.id, c.person_id, c.conversation_id, c.status, c.tier, c.owner, c.fence, c.second, c.drafting)
        over = (lease_over(c.lease_until).label("over"), lease_over(c.second_until).label("second_over"))
        query = select(*columns, *over).where(c.id == case_id)
        row = (await self._connection.execute(query.with_for_update(key_share=True))).one_or_none()
        if row is None:
            raise NotFound("There is no such case.", code="unknown_case")
        return row

    async def _move(
        self, row: Row[Any], happening: Happening, kind: EventKind, by: UUID, note: str, values: dict[str, Any]
    ) -> None:
        await self._set(row, status=after(row.status, happening), updated_at=func.now(), **values)
        await self._note(row, kind, by, note)

    async def _note(self, row: Row[Any], kind: EventKind, by: UUID, note: str = "") -> None:
        await self._record.add(row.id, kind, row.person_id, Tier(row.tier), actor=by, detail=note)

    async def _set(self, row: Row[Any], **values: object) -> None:
        await self._connection.execute(update(crisis_case).where(crisis_case.c.id == row.id).values(**values))
