"""Follow-ups: somebody writes to a person again, a day or more after their case. They stay until they are done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, Select, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.risk import Tier
from agent.errors import Conflict, NotFound, Tampered
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.repositories.lines import Lines, Talk
from agent.storage.tables import counsellor, crisis_case, follow_up, line, turn

#: The job that tells those on duty.
FOLLOW: Final = "follow_up_due"
#: A message that the person has not answered goes on into a conversation they begin, for so long.
CARRIED_FOR = timedelta(days=30)
#: Nobody wrote to the person, or read their answer: those on duty are told once more after so long.
STILL: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One follow-up without its words. ``told_at``: when a channel last took an alert about it.

    ``answered_at``: since when there is an answer of the person that no counsellor has read. ``wrote``: somebody has
    written to the person for it. ``live``: a case of the person that waits or that somebody has; the follow-up is part
    of that meanwhile.
    """

    id: UUID
    case_id: UUID
    person_id: UUID
    tier: Tier
    due_at: datetime
    made_by: str
    made_at: datetime
    told_at: datetime | None
    wrote: bool
    done_at: datetime | None
    done_by: str | None
    reached: bool | None
    live: UUID | None
    answered_at: datetime | None


class FollowUps:
    """Plan, list, alert, write, finish. Words are encrypted for the person; the clock is the database's."""

    def __init__(self, connection: AsyncConnection, keys: Keyring, lines: Lines) -> None:
        self._connection = connection
        self._keys = keys
        self._lines = lines

    async def plan(self, talk: Talk, by: UUID, hours: int, what: str) -> tuple[UUID, datetime]:
        """A new one, with what to ask; returns its id and when it is due."""
        made = uuid4()
        key = await self._keys.of(talk.person_id)
        values = {
            "id": made, "case_id": talk.case_id, "person_id": talk.person_id, "made_by": by,
            "due_at": func.now() + timedelta(hours=hours),
            "sealed_what": key.seal(Place("follow_up", made, "sealed_what"), what),
        }  # fmt: skip
        statement = insert(follow_up).values(values).returning(follow_up.c.due_at)
        due_at: datetime = (await self._connection.execute(statement)).scalar_one()
        return made, due_at

    async def listed(self, within: timedelta = timedelta(0)) -> list[FollowUp]:
        """Those not done that are due by then or that the person has answered; unread answers first, then by age."""
        f = follow_up.c
        asks = (f.due_at <= func.now() + within) | f.answered_at.is_not(None)
        query = _follow_ups().where(f.done_at.is_(None), asks).order_by(f.answered_at.is_(None), f.due_at, f.id)
        return [_read(row) for row in await self._connection.execute(query)]

    async def of(self, person_id: UUID) -> list[FollowUp]:
        """Those of a person that are not done."""
        f = follow_up.c
        query = _follow_ups().where(f.person_id == person_id, f.done_at.is_(None)).order_by(f.due_at, f.id)
        return [_read(row) for row in await self._connection.execute(query)]

    async def get(self, follow_up_id: UUID) -> FollowUp:
        """One of them."""
        row = (await self._connection.execute(_follow_ups().where(follow_up.c.id == follow_up_id))).one_or_none()
        if row is None:
            raise NotFound("There is no such follow-up.", code="unknown_follow_up")
        return _read(row)

    async def words(self, one: FollowUp) -> tuple[str, str]:
        """What to ask, and what came of it; ``Tampered`` if they do not open."""
        f = follow_up.c
        query = select(f.sealed_what, f.sealed_done).where(f.id == one.id)
        row = (await self._connection.execute(query)).one()
        key = await self._keys.of(one.person_id)
        done = key.open(Place("follow_up", one.id, "sealed_done"), row.sealed_done) if row.sealed_done else ""
        return key.open(Place("follow_up", one.id, "sealed_what"), row.sealed_what), done

    async def wrote(self, one: FollowUp, line_id: UUID) -> None:
        """A message to the person went out for it. ``Conflict`` once it is done."""
        f = follow_up.c
        wrote = update(follow_up).where(f.id == one.id, f.done_at.is_(None)).values(line_id=line_id, carried_at=None)
        if (await self._connection.execute(wrote)).rowcount == 0:
            raise Conflict("This follow-up is done already.", code="already_done")

    async def finish(self, one: FollowUp, by: UUID, note: str, *, reached: bool) -> None:
        """Done, or the person could not be reached. Of two who say so at once the first counts."""
        f, key = follow_up.c, await self._keys.of(one.person_id)
        values = {
            "done_at": func.now(), "done_by": by, "reached": reached,
            "sealed_done": key.seal(Place("follow_up", one.id, "sealed_done"), note),
        }  # fmt: skip
        done = update(follow_up).where(f.id == one.id, f.done_at.is_(None)).values(values)
        if (await self._connection.execute(done)).rowcount == 0:
            raise Conflict("This follow-up is done already.", code="already_done")

    async def answer(self, person_id: UUID) -> list[UUID]:
        """The person writes. Follow-ups for which somebody wrote to them that have no unread answer yet: now they do.

        All of them are locked until the commit, so that whoever reads the answers meanwhile misses none. Cases are not
        looked at: nothing that holds those up may keep a message from being received.
        """
        f = follow_up.c
        mine = (f.person_id == person_id, f.line_id.is_not(None), f.done_at.is_(None))
        noted = update(follow_up).where(*mine).values(answered_at=func.coalesce(f.answered_at, func.now()))
        found = await self._connection.execute(noted.returning(f.id, (f.answered_at == func.now()).label("first")))
        return [row.id for row in found if row.first]

    async def read(self, person_id: UUID) -> None:
        """A counsellor has the person's answers in front of them. Call it before the messages are read."""
        f = follow_up.c
        unread = (f.person_id == person_id, f.answered_at.is_not(None))
        await self._connection.execute(update(follow_up).where(*unread).values(answered_at=None))

    async def written_at(self, one: FollowUp) -> datetime | None:
        """When somebody last wrote to the person for it."""
        query = select(line.c.at).join(follow_up, follow_up.c.line_id == line.c.id).where(follow_up.c.id == one.id)
        found: datetime | None = (await self._connection.execute(query)).scalar_one_or_none()
        return found

    async def untold(self, grace: timedelta, again: timedelta) -> list[UUID]:
        """Those of which somebody should have been told by now, for the sweep; each of them once in so long."""
        f = follow_up.c
        last = f.rung_at.is_(None) | (f.rung_at < func.now() - again)
        lost = (last, *_wanted(grace))
        rung = update(follow_up).where(*lost).values(rung_at=func.now()).returning(f.id)
        return list((await self._connection.execute(rung)).scalars())

    async def to_tell(self, follow_up_id: UUID) -> FollowUp | None:
        """One that those on duty should be told of now; None if they were, or need not be."""
        query = _follow_ups().where(follow_up.c.id == follow_up_id, *_wanted())
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _read(row)

    async def told(self, follow_up_id: UUID, at: datetime) -> None:
        """A channel took the alert, which says what was so at that moment. What came after it rings anew."""
        await self._connection.execute(update(follow_up).where(follow_up.c.id == follow_up_id).values(told_at=at))

    async def carry(self, person_id: UUID, conversation_id: UUID) -> None:
        """A person begins a new conversation: messages of follow-ups that they have not answered go on into it."""
        f = follow_up.c
        answered = exists().where(turn.c.conversation_id == line.c.conversation_id, turn.c.received_at > line.c.at)
        query = select(f.id, f.case_id, f.line_id, line.c.conversation_id, line.c.author, line.c.sealed_text)
        query = query.add_columns(line.c.wording)
        query = query.join(line, line.c.id == f.line_id).where(f.person_id == person_id, f.carried_at.is_(None))
        query = query.where(~answered, line.c.at > func.now() - CARRIED_FOR).order_by(line.c.at)
        for row in (await self._connection.execute(query)).all():
            try:
                key = await self._keys.of(person_id)
                text = key.open(Place("line", row.line_id, "sealed_text"), row.sealed_text)
            except Tampered:  # words that cannot be read keep nobody from beginning a conversation
                continue
            talk = Talk(row.case_id, conversation_id, person_id)
            await self._lines.add(uuid4(), talk, "counsellor", text, row.author, row.wording)
            await self._connection.execute(update(follow_up).where(f.id == row.id).values(carried_at=func.now()))


def _with_somebody() -> Select[Any]:
    """A case of the person that waits or that somebody has."""
    c = crisis_case.alias("live").c
    waits = c.status.in_(("open", "claimed", "in_conversation"))
    return select(c.id).where(c.person_id == follow_up.c.person_id, waits)


def _wanted(grace: timedelta = timedelta(0)) -> tuple[ColumnElement[bool], ...]:
    """Whether those on duty are to be told: it is due, or answered, and they were not told of that.

    Or they were told long ago, and nobody has written to the person or read what they answered since.
    """
    f, by = follow_up.c, func.now() - grace
    due, answered = f.due_at <= by, f.answered_at <= by
    new = (due & (f.told_at < f.due_at)) | (answered & (f.told_at < f.answered_at))
    never = f.told_at.is_(None) & (due | answered)
    still = (f.told_at < func.now() - STILL) & ((due & f.line_id.is_(None)) | answered)
    return (f.done_at.is_(None), new | never | still, ~_with_somebody().exists())


_DOER = counsellor.alias("doer")


def _follow_ups() -> Select[Any]:
    f = follow_up.c
    columns = (f.id, f.case_id, f.person_id, f.due_at, f.made_at, f.told_at, f.line_id, f.done_at, f.reached)
    query = select(*columns, crisis_case.c.tier, counsellor.c.name.label("maker"), _DOER.c.name.label("doer"))
    query = query.add_columns(f.answered_at, _with_somebody().scalar_subquery().label("live"))
    query = query.join(crisis_case, crisis_case.c.id == f.case_id).join(counsellor, counsellor.c.id == f.made_by)
    return query.outerjoin(_DOER, _DOER.c.id == f.done_by)


def _read(row: Row[Any]) -> FollowUp:
    return FollowUp(
        row.id, row.case_id, row.person_id, Tier(row.tier), row.due_at, row.maker, row.made_at, row.told_at,
        row.line_id is not None, row.done_at, row.doer, row.reached, row.live,
        row.answered_at,
    )  # fmt: skip
