"""Lines of a conversation that are no turns: counsellors' words, notices of a change of hands, whispers, drafts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.wording import Wording
from agent.errors import Conflict
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.tables import conversation, counsellor, line

LineKind = Literal["counsellor", "notice", "whisper", "draft"]
#: What the person sees. Whispers and drafts are for counsellors alone.
FOR_PERSON: Final[frozenset[LineKind]] = frozenset({"counsellor", "notice"})


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line with its number, which it shares with the turns of the conversation. ``author`` is a name.

    ``wording``: whose words a counsellor's line has; None for other lines, and for those of before it was noted.
    """

    id: UUID
    seq: int
    kind: LineKind
    author: str | None
    text: str
    at: datetime
    wording: Wording | None


@dataclass(frozen=True, slots=True)
class Talk:
    """Where a line belongs."""

    case_id: UUID
    conversation_id: UUID
    person_id: UUID


class Lines:
    """Write and read them, encrypted for the person."""

    def __init__(self, connection: AsyncConnection, keys: Keyring) -> None:
        self._connection = connection
        self._keys = keys

    async def add(
        self, line_id: UUID, talk: Talk, kind: LineKind, text: str, author: UUID | None = None,
        wording: Wording | None = None,
    ) -> bool:  # fmt: skip
        """One more line. The same id again is the same line (False); ``Conflict`` if it said something else then."""
        key, place = await self._keys.of(talk.person_id), Place("line", line_id, "sealed_text")
        # The row of the conversation is locked meanwhile, so lines and turns line up and equal ids see each other.
        mine = conversation.c.id == talk.conversation_id
        await self._connection.execute(select(conversation.c.id).where(mine).with_for_update(key_share=True))
        query = select(line.c.sealed_text, line.c.case_id, line.c.kind).where(line.c.id == line_id)
        known = (await self._connection.execute(query)).one_or_none()
        if known is not None:
            # Also when the person has opened another chat meanwhile: it was said once, where they were then.
            same = (known.case_id, known.kind) == (talk.case_id, kind)
            if not same or key.open(place, known.sealed_text) != text:
                raise Conflict("This was sent already, with other words. Reload the page.", code="line_id_reused")
            return False
        bump = update(conversation).where(mine).values(next_seq=conversation.c.next_seq + 1)
        seq = (await self._connection.execute(bump.returning(conversation.c.next_seq - 1))).scalar_one()
        await self._connection.execute(
            insert(line).values(
                id=line_id, conversation_id=talk.conversation_id, person_id=talk.person_id, case_id=talk.case_id,
                seq=seq, kind=kind, author=author, sealed_text=key.seal(place, text), wording=wording,
            )
        )  # fmt: skip
        return True

    async def drafts(self, talk: Talk, limit: int = 20) -> list[str]:
        """What the program suggested in this case, the newest first; also in a chat that the person has left since."""
        c = line.c
        query = select(c.id, c.sealed_text).where(c.case_id == talk.case_id, c.kind == "draft")
        found = await self._connection.execute(query.order_by(c.at.desc()).limit(limit))
        key = await self._keys.of(talk.person_id)
        return [key.open(Place("line", row.id, "sealed_text"), row.sealed_text) for row in found]

    async def of(self, conversation_id: UUID, kinds: frozenset[LineKind], after: int = 0) -> list[StoredLine]:
        """Those of a conversation, in order, whose number is above ``after``."""
        c = line.c
        columns = (c.id, c.person_id, c.seq, c.kind, c.sealed_text, c.at, c.wording, counsellor.c.name)
        query = select(*columns).outerjoin(counsellor, c.author == counsellor.c.id)
        query = query.where(c.conversation_id == conversation_id, c.kind.in_(kinds), c.seq > after).order_by(c.seq)
        found = []
        for row in await self._connection.execute(query):
            key = await self._keys.of(row.person_id)
            text = key.open(Place("line", row.id, "sealed_text"), row.sealed_text)
            found.append(StoredLine(row.id, row.seq, row.kind, row.name, text, row.at, row.wording))
        return found
