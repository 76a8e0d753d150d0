"""Turns: received, read, answered. The turn row is the checkpoint of the graph."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

from pydantic import TypeAdapter
from sqlalchemy import Row, Select, any_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.risk import Tier
from agent.domain.turn import READ_LESS_WELL, Message, PastTurn, Reply
from agent.errors import Conflict
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.tables import conversation, person, reply, turn
from classifiers.evidence import Heard
from classifiers.reading import TextReading

Status = Literal["RECEIVED", "ANSWERED"]
_REPLY = TypeAdapter(Reply)
_READING = TypeAdapter(TextReading | None)


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn as it stands, with its reply if there is one."""

    id: UUID
    client_turn_id: UUID
    seq: int
    text: str
    status: Status
    received_at: datetime
    tier: Tier | None
    reading: TextReading | None
    reply: Reply | None


def row_id(conversation_id: UUID, client_turn_id: UUID) -> UUID:
    """The id of a turn's row: the same pair always gives the same row, and no client can name another's."""
    return uuid5(conversation_id, client_turn_id.hex)


class Turns:
    """Everything about turns, encrypted for their person."""

    def __init__(self, connection: AsyncConnection, keys: Keyring) -> None:
        self._connection = connection
        self._keys = keys

    async def receive(
        self, conversation_id: UUID, person_id: UUID, client_turn_id: UUID, text: str, worker: UUID, lease: timedelta
    ) -> bool:
        """TX1: store the message. False if this turn was stored before; ``Conflict`` if it said something else then.

        The conversation's row is locked meanwhile, so turns line up and equal ids see each other.
        """
        place = Place("turn", row_id(conversation_id, client_turn_id), "sealed_text")
        key = await self._keys.of(person_id)
        lock = select(conversation.c.next_seq, conversation.c.ended_at).where(conversation.c.id == conversation_id)
        seq, ended_at = (await self._connection.execute(lock.with_for_update())).one()
        known = await self._connection.execute(select(turn.c.sealed_text).where(turn.c.id == place.row))
        sealed = known.scalar_one_or_none()
        if sealed is not None:
            if key.open(place, sealed) != text:
                raise Conflict("This turn_id was used for another message. Choose a new one.", code="turn_id_reused")
            return False
        if ended_at is not None:
            raise Conflict("This conversation has ended. Start a new one and go on there.", code="conversation_ended")
        await self._connection.execute(
            update(conversation).where(conversation.c.id == conversation_id).values(next_seq=seq + 1)
        )
        await self._connection.execute(
            insert(turn).values(
                id=place.row, conversation_id=conversation_id, person_id=person_id, client_turn_id=client_turn_id,
                seq=seq, sealed_text=key.seal(place, text), worker=worker, worker_until=func.now() + lease,
            )
        )  # fmt: skip
        return True

    async def waiting(self, conversation_id: UUID) -> int:
        """How many turns of a conversation have no reply yet."""
        query = select(func.count()).where(turn.c.conversation_id == conversation_id, turn.c.status == "RECEIVED")
        return int((await self._connection.execute(query)).scalar_one())

    async def message(self, turn_id: UUID) -> Message:
        """The message of a turn, as the graph takes it."""
        columns = (turn.c.id, turn.c.conversation_id, turn.c.person_id, turn.c.seq, turn.c.sealed_text)
        query = select(*columns, conversation.c.locale).join(conversation).where(turn.c.id == turn_id)
        row = (await self._connection.execute(query)).one()
        key = await self._keys.of(row.person_id)
        text = _whole(key.open(Place("turn", row.id, "sealed_text"), row.sealed_text))
        return Message(row.id, row.conversation_id, row.person_id, row.seq, text, row.locale)

    async def take_orphans(
        self, worker: UUID, lease: timedelta, alive: tuple[UUID, ...], limit: int = 50
    ) -> list[tuple[UUID, UUID]]:
        """Turns (and their conversations) that a crash left: the worker's lease ran out, or it is known to be gone."""
        # A lease further away than anybody can have was given before the clock was set back.
        beyond = turn.c.worker_until > func.now() + 2 * lease
        stale = [turn.c.worker_until < func.now(), beyond, turn.c.worker.is_(None)]
        if alive:
            stale.append(turn.c.worker.not_in(alive))
        found = (
            select(turn.c.id, turn.c.conversation_id)
            .where(turn.c.status == "RECEIVED", or_(*stale))
            .order_by(turn.c.received_at, turn.c.seq)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = [(row.id, row.conversation_id) for row in await self._connection.execute(found)]
        ids = [turn_id for turn_id, _ in rows]
        await self._connection.execute(
            update(turn).where(turn.c.id.in_(ids)).values(worker=worker, worker_until=func.now() + lease)
        )
        return rows

    async def keep(self, worker: UUID, turn_ids: tuple[UUID, ...], lease: timedelta) -> None:
        """Renew the lease of turns still being worked on."""
        where = (turn.c.id.in_(turn_ids), turn.c.worker == worker)
        await self._connection.execute(update(turn).where(*where).values(worker_until=func.now() + lease))

    async def answer(
        self, message: Message, words: Reply, tier: Tier, reading: TextReading | None, now: datetime
    ) -> Reply:
        """TX3: store the reply and mark the turn answered. If one stands already, that one is the reply."""
        key = await self._keys.of(message.person_id)
        place = Place("reply", message.turn_id, "sealed_body")
        made = await self._connection.execute(
            insert(reply)
            .values(
                turn_id=message.turn_id, sealed_body=key.seal(place, _REPLY.dump_json(words).decode()),
                origin=words.origin, tier=int(words.tier), strategy=words.strategy, card=words.card,
                passages=list(words.passages), reasons=list(words.reasons), prompt_hash=words.prompt_hash,
                model=words.model,
            )
            .on_conflict_do_nothing()
            .returning(reply.c.turn_id)
        )  # fmt: skip
        if made.one_or_none() is None:
            stands = await self._connection.execute(
                select(reply.c.sealed_body).where(reply.c.turn_id == message.turn_id)
            )
            return _REPLY.validate_json(key.open(place, stands.scalar_one()))
        seen = key.seal(Place("turn", message.turn_id, "sealed_reading"), _READING.dump_json(reading).decode())
        await self._connection.execute(
            update(turn)
            .where(turn.c.id == message.turn_id)
            .values(status="ANSWERED", answered_at=now, tier=int(tier), sealed_reading=seen)
        )
        return words

    async def get(self, turn_id: UUID) -> StoredTurn | None:
        """One turn, or None."""
        rows = await self._read(_joined().where(turn.c.id == turn_id))
        return rows[0] if rows else None

    async def of(self, conversation_id: UUID) -> list[StoredTurn]:
        """All turns of a conversation in order."""
        return await self._read(_joined().where(turn.c.conversation_id == conversation_id).order_by(turn.c.seq))

    async def since(self, person_id: UUID, at: datetime) -> list[StoredTurn]:
        """What a person wrote after a moment, in all conversations, oldest first."""
        later = (turn.c.person_id == person_id, turn.c.received_at > at)
        return await self._read(_joined().where(*later).order_by(turn.c.received_at, turn.c.seq))

    async def history(self, message: Message, limit: int) -> tuple[PastTurn, ...]:
        """The answered turns before this one, oldest first."""
        before = _joined().where(
            turn.c.conversation_id == message.conversation_id, turn.c.seq < message.seq, turn.c.status == "ANSWERED"
        )
        found = await self._read(before.order_by(turn.c.seq.desc()).limit(limit))
        settled = await self._reassessed(message.person_id)
        return tuple(_past(row, settled) for row in reversed(found))

    async def elsewhere(self, message: Message, limit: int, since: timedelta) -> tuple[PastTurn, ...]:
        """The person's answered turns of other conversations, not older than that, oldest first.

        A new chat is no clean slate.
        """
        before = _joined().where(
            turn.c.person_id == message.person_id, turn.c.conversation_id != message.conversation_id,
            turn.c.status == "ANSWERED", turn.c.received_at > func.now() - since,
        )  # fmt: skip
        found = await self._read(before.order_by(turn.c.received_at.desc()).limit(limit))
        settled = await self._reassessed(message.person_id)
        return tuple(_past(row, settled) for row in reversed(found))

    async def _reassessed(self, person_id: UUID) -> datetime | None:
        query = select(person.c.reassessed_at).where(person.c.id == person_id)
        found: datetime | None = (await self._connection.execute(query)).scalar_one()
        return found

    async def gave(self, conversation_id: UUID, reason: str) -> bool:
        """Whether a reply of this conversation carries the reason."""
        query = select(reply.c.turn_id).join(turn).where(turn.c.conversation_id == conversation_id)
        found = await self._connection.execute(query.where(any_(reply.c.reasons) == reason).limit(1))
        return found.one_or_none() is not None

    async def _read(self, query: Select[Any]) -> list[StoredTurn]:
        return [await self._open(row) for row in await self._connection.execute(query)]

    async def _open(self, row: Row[Any]) -> StoredTurn:
        key = await self._keys.of(row.person_id)
        body, reading = row.sealed_body, row.sealed_reading
        return StoredTurn(
            id=row.id,
            client_turn_id=row.client_turn_id,
            seq=row.seq,
            text=_whole(key.open(Place("turn", row.id, "sealed_text"), row.sealed_text)),
            status=row.status,
            received_at=row.received_at,
            tier=None if row.tier is None else Tier(row.tier),
            reading=_READING.validate_json(key.open(Place("turn", row.id, "sealed_reading"), reading))
            if reading
            else None,
            reply=_REPLY.validate_json(key.open(Place("reply", row.id, "sealed_body"), body)) if body else None,
        )


def _whole(text: str) -> str:
    """Half characters become replacement marks: evidence and replies quote the text, and JSON cannot hold a half."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _joined() -> Select[Any]:
    c = turn.c
    columns = (c.id, c.person_id, c.client_turn_id, c.seq, c.sealed_text, c.status, c.received_at, c.tier)
    return select(*columns, c.sealed_reading, reply.c.sealed_body).outerjoin(reply)


def _past(stored: StoredTurn, reassessed: datetime | None) -> PastTurn:
    words, reading = stored.reply, stored.reading
    settled = reassessed is not None and stored.received_at <= reassessed
    return PastTurn(
        text=stored.text,
        reply=words.text if words else "",
        tier=stored.tier or Tier.NONE,
        strategy=words.strategy if words else None,
        technique=words.technique if words else None,
        felt=reading.felt if reading else (),
        intent=reading.intent.label if reading else None,
        pieces=words.pieces if words else (),
        card=words.card if words else False,
        heard=Heard(reading.signs, reading.at_least) if reading and not settled else None,
        noted=READ_LESS_WELL in words.reasons if words else False,
        settled=settled,
    )
