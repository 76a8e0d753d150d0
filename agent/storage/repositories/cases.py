"""Cases: a person in danger. The row is the truth; pages and lists are doorbells."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID, uuid5

from psycopg.errors import LockNotAvailable
from sqlalchemy import Row, Select, case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.escalation import CaseStatus, Held, Lease, Outcome, after
from agent.domain.misuse import lowered
from agent.domain.risk import RiskAssessment, Tier
from agent.domain.turn import Message
from agent.errors import Conflict, NotFound
from agent.storage.repositories.case_record import DRIVERS, CaseRecord
from agent.storage.repositories.lines import Talk
from agent.storage.tables import case_event, conversation, counsellor, crisis_case

Listed = Literal["live", "waiting", "closed"]
#: New danger within this time after a case was closed opens that case again instead of another one.
SAME_CASE = timedelta(hours=72)
_PLACES: Final = {"open": 0, "claimed": 1, "in_conversation": 1, "handed_back": 2, "closed": 3}
_PATIENCE, _AS_USUAL = text("SET LOCAL lock_timeout = '1s'"), text("SET LOCAL lock_timeout TO DEFAULT")


@dataclass(frozen=True, slots=True)
class Case:
    """A case as the list shows it. ``since``: when it began to wait, last time; ``needed_at``: when one was needed.

    ``second`` sits beside the owner; ``lapsed``: it waits because its counsellor vanished; ``language`` as in ``en``.
    """

    id: UUID
    person_id: UUID
    conversation_id: UUID
    tier: Tier
    domains: tuple[str, ...]
    status: CaseStatus
    degraded: bool
    opened_at: datetime
    updated_at: datetime
    since: datetime
    lease: Lease | None
    owner: str | None
    outcome: Outcome | None
    closed_at: datetime | None
    closed_by: str | None
    needed_at: datetime
    lapsed: bool
    lowered: bool
    drafting: bool
    second: UUID | None
    second_name: str | None
    language: str


class Cases:
    """Open, add to, list, read, ring."""

    def __init__(self, connection: AsyncConnection, record: CaseRecord) -> None:
        self._connection = connection
        self._record = record

    async def open_or_add(self, message: Message, risk: RiskAssessment, model_version: str) -> tuple[UUID, bool]:
        """TX2: the person's case, opened by this turn, opened again, or added to. Repeating a turn changes nothing.

        Returns the case's id and whether this call wrote anything.
        """
        # From the spool and by a second run of the turn at the same moment: one after the other.
        await self._connection.execute(select(func.pg_advisory_xact_lock(message.turn_id.int >> 65)))
        seen = select(case_event.c.case_id).where(
            case_event.c.turn_id == message.turn_id, case_event.c.kind.in_(("opened", "risk"))
        )
        case_id = (await self._connection.execute(seen)).scalar_one_or_none()
        if case_id is not None:
            return case_id, False
        case_id = await self._add(message, risk)
        opened = case_id is None and await self._open(message, risk)
        if case_id is None:
            # Another turn of the person may have opened one in this moment: the index lets nobody have two.
            case_id = uuid5(message.turn_id, "case") if opened else await self._add(message, risk)
        assert case_id is not None
        await self._record.add(
            case_id, "opened" if opened else "risk", message.person_id, risk.tier, turn_id=message.turn_id,
            versions=(risk.policy_version, model_version), detail=DRIVERS.dump_json(risk.drivers).decode(),
        )  # fmt: skip
        return case_id, True

    async def _open(self, message: Message, risk: RiskAssessment) -> bool:
        made = await self._connection.execute(
            insert(crisis_case)
            .values(
                id=uuid5(message.turn_id, "case"), turn_id=message.turn_id, person_id=message.person_id,
                conversation_id=message.conversation_id, tier=int(risk.tier), domains=list(risk.domains),
                degraded=risk.degraded, lowered=await self._lowered(message.person_id, risk.tier),
            )
            .on_conflict_do_nothing()
            .returning(crisis_case.c.id)
        )  # fmt: skip
        return made.one_or_none() is not None

    async def _add(self, message: Message, risk: RiskAssessment) -> UUID | None:
        """Add to the person's live case, or to one closed a short time ago; None if there is neither."""
        c = crisis_case.c
        recent = (c.status != "closed") | (c.closed_at > func.now() - SAME_CASE)
        query = select(c.id, c.domains, c.tier, c.status).where(c.person_id == message.person_id, recent)
        newest = query.order_by(c.status == "closed", c.closed_at.desc()).limit(1)
        row = (await self._connection.execute(newest.with_for_update(key_share=True))).one_or_none()
        if row is None:
            return None
        reopened, worse = row.status == "closed", int(risk.tier) > row.tier
        # While a counsellor has it nobody waits: an alert to whom it was just passed stays wanted.
        waits_anew = reopened or row.status == "handed_back" or (worse and row.status == "open")
        if reopened:
            order = {"lowered": await self._lowered(message.person_id, risk.tier)}
        else:
            order = {"lowered": False} if risk.tier == Tier.IMMINENT else {}
        needed_anew = {"needed_at": func.now(), "lapsed": False} if reopened or row.status == "handed_back" else {}
        await self._connection.execute(
            update(crisis_case)
            .where(c.id == row.id)
            .values(
                status=after(row.status, "risk"), tier=int(risk.tier) if reopened else max(row.tier, int(risk.tier)),
                domains=list(dict.fromkeys([*row.domains, *risk.domains])), updated_at=func.now(),
                conversation_id=message.conversation_id, degraded=risk.degraded if reopened else c.degraded,
                # What got worse rings again.
                **({"rung_at": None, "since": func.now()} if waits_anew else {}),
                **needed_anew,
                **order,
                **({"outcome": None, "closed_at": None, "closed_by": None} if reopened else {}),
            )
        )  # fmt: skip
        if reopened:
            await self._record.add(row.id, "reopened", message.person_id, risk.tier)
        found: UUID = row.id
        return found

    async def _lowered(self, person_id: UUID, tier: Tier) -> bool:
        """Whether the person's case stands behind others of its tier from here on."""
        now = (await self._connection.execute(select(func.now()))).scalar_one()
        return lowered(tier, await self._record.verdicts(person_id), now)

    async def lift(self, case_id: UUID, by: UUID) -> None:
        """A supervisor has seen that it should not stand lower; earlier misuse of this person counts no more."""
        c = crisis_case.c
        lifted = update(crisis_case).where(c.id == case_id, c.lowered).values(lowered=False)
        row = (await self._connection.execute(lifted.returning(c.person_id, c.tier))).one_or_none()
        if row is None:
            raise Conflict("This case does not stand lower any more.", code="not_lowered")
        await self._record.add(case_id, "lifted", row.person_id, Tier(row.tier), actor=by)

    async def held(self, person_id: UUID, otherwise: Held | None = None) -> Held | None:
        """Whether a counsellor talks with the person. The case cannot change hands until the transaction ends.

        A case that cannot be read within a second keeps nobody waiting for a reply: ``otherwise`` is taken for true.
        """
        c = crisis_case.c
        query = select(c.id, c.status, c.drafting).where(c.person_id == person_id, c.status != "closed")
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(_PATIENCE)
                # Where somebody talks, the same transaction goes on to write the case.
                lock = query.with_for_update(read=otherwise is None, key_share=otherwise is not None)
                row = (await self._connection.execute(lock)).one_or_none()
                await self._connection.execute(_AS_USUAL)
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            return otherwise
        return Held(row.id, row.drafting) if row is not None and row.status == "in_conversation" else None

    async def follow(self, case_id: UUID, conversation_id: UUID) -> None:
        """The person has moved to another chat, and the counsellor's words go there."""
        c = crisis_case.c
        moved = (c.id == case_id, c.conversation_id != conversation_id)
        await self._connection.execute(update(crisis_case).where(*moved).values(conversation_id=conversation_id))

    async def talk(self, case_id: UUID) -> Talk:
        """Where the lines of a case belong."""
        case = await self.get(case_id)
        return Talk(case.id, case.conversation_id, case.person_id)

    async def live_case_of(self, person_id: UUID) -> UUID | None:
        """The id of the person's case that is not closed."""
        c = crisis_case.c
        found = await self._connection.execute(select(c.id).where(c.person_id == person_id, c.status != "closed"))
        return found.scalar_one_or_none()

    async def listed(self, show: Listed = "live", limit: int = 200) -> list[Case]:
        """Those that wait before those somebody has, then those handed back; by risk, then by how long one is needed.

        Within a tier a case whose counsellor vanished stands first.
        """
        c = crisis_case.c
        behind = c.lowered & (c.tier < int(Tier.IMMINENT))
        order = (
            (c.closed_at.desc(),)
            if show == "closed"
            else (case(_PLACES, value=c.status), c.tier.desc(), c.lapsed.desc(), behind, c.needed_at, c.opened_at)
        )
        chosen = {"closed": c.status == "closed", "waiting": c.status == "open"}.get(show, c.status != "closed")
        query = _cases().where(chosen).order_by(*order).limit(limit)
        return [_read(row) for row in await self._connection.execute(query)]

    async def needed(self) -> list[tuple[Tier, datetime]]:
        """How grave each case is that waits, and since when somebody is needed."""
        c = crisis_case.c
        found = await self._connection.execute(select(c.tier, c.needed_at).where(c.status == "open"))
        return [(Tier(row.tier), row.needed_at) for row in found]

    async def get(self, case_id: UUID) -> Case:
        """One case."""
        row = (await self._connection.execute(_cases().where(crisis_case.c.id == case_id))).one_or_none()
        if row is None:
            raise NotFound("There is no such case.", code="unknown_case")
        return _read(row)

    async def stepped_down(self, person_id: UUID, turn_id: UUID, tier: Tier) -> None:
        """Log on the person's latest case that the step-down rule lowered the standing risk to ``tier``."""
        c = crisis_case.c
        latest = select(c.id).where(c.person_id == person_id).order_by(c.opened_at.desc()).limit(1)
        case_id = (await self._connection.execute(latest)).scalar_one_or_none()
        if case_id is not None:
            await self._record.add(case_id, "step_down", person_id, tier, turn_id=turn_id)

    async def ring(self, case_id: UUID) -> Tier | None:
        """Note that the bell was rung for an open case; None if there is nothing to ring for."""
        statement = update(crisis_case).where(
            crisis_case.c.id == case_id, crisis_case.c.status == "open", crisis_case.c.rung_at.is_(None)
        )
        rung = await self._connection.execute(
            statement.values(rung_at=func.now()).returning(crisis_case.c.tier, crisis_case.c.person_id)
        )
        row = rung.one_or_none()
        if row is None:
            return None
        await self._record.add(case_id, "rung", row.person_id, Tier(row.tier))
        return Tier(row.tier)


_OWNER, _CLOSER, _SECOND = counsellor.alias("owner"), counsellor.alias("closer"), counsellor.alias("second")


def _cases() -> Select[Any]:
    c = crisis_case.c
    query = select(*c, _OWNER.c.name.label("owner_name"), _CLOSER.c.name.label("closer_name"))
    query = query.add_columns(_SECOND.c.name.label("second_name"), conversation.c.locale)
    query = query.join(conversation, c.conversation_id == conversation.c.id)
    for who, column in ((_OWNER, c.owner), (_CLOSER, c.closed_by), (_SECOND, c.second)):
        query = query.outerjoin(who, column == who.c.id)
    return query


def _read(row: Row[Any]) -> Case:
    return Case(
        row.id, row.person_id, row.conversation_id, Tier(row.tier), tuple(row.domains), row.status, row.degraded,
        row.opened_at, row.updated_at, row.since,
        Lease(row.owner, row.lease_until, row.fence) if row.owner is not None else None,
        row.owner_name, row.outcome, row.closed_at, row.closer_name, row.needed_at, row.lapsed, row.lowered,
        row.drafting, row.second, row.second_name, row.locale.partition("-")[0].lower(),
    )  # fmt: skip
