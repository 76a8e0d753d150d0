"""The forms of a case. Each save is a new revision with an event on the case's record; nothing is overwritten."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, Select, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.forms import Approval, Filled, FormKind, Revision
from agent.domain.risk import Tier
from agent.errors import Conflict, NotFound
from agent.storage.crypto import DataKey, Place
from agent.storage.keyring import Keyring
from agent.storage.repositories.case_record import CaseRecord
from agent.storage.repositories.claims import Claims
from agent.storage.tables import case_form, counsellor, crisis_case

_BODY = TypeAdapter(Filled)
_AUTHOR, _APPROVER = counsellor.alias("author"), counsellor.alias("approver")


class Forms:
    """Save, approve, read."""

    def __init__(self, connection: AsyncConnection, keys: Keyring, record: CaseRecord, claims: Claims) -> None:
        self._connection = connection
        self._keys = keys
        self._record = record
        self._claims = claims

    async def save(
        self, case_id: UUID, kind: FormKind, by: UUID, fence: int, base: int, filled: Filled, said: str = ""
    ) -> int:
        """The next revision after ``base``, by who may write on the case; returns its number.

        ``Conflict`` if they no longer may, or if somebody saved in between. The same words again change nothing.
        """
        person_id, tier = await self._claims.seated(case_id, by, fence)
        newest = await self._newest(case_id, kind, person_id)
        if newest is not None and newest.author == by and newest.filled == filled:
            return newest.number
        if base != (newest.number if newest else 0):
            raise Conflict(
                "Somebody saved this form while you were writing. Your words are below and are not saved yet. "
                "Read the newer version, then save again.",
                code="newer_form",
            )
        form_id, number = uuid4(), base + 1
        body = _BODY.dump_json(filled).decode()
        sealed = (await self._keys.of(person_id)).seal(Place("case_form", form_id, "sealed_body"), body)
        values = {"case_id": case_id, "kind": kind, "revision": number, "author": by, "sealed_body": sealed}
        await self._connection.execute(insert(case_form).values(id=form_id, **values))
        words = f"version {number}" + (f": {said}" if said else "")
        await self._record.add(case_id, kind, person_id, tier, actor=by, detail=words)
        return number

    async def approve(self, case_id: UUID, by: UUID, number: int, agrees: bool, remark: str) -> None:
        """A second counsellor's word on the newest decision. ``Conflict`` for its author, and for an older one."""
        c = crisis_case.c
        locked = select(c.person_id, c.tier).where(c.id == case_id).with_for_update(key_share=True)
        case = (await self._connection.execute(locked)).one_or_none()
        if case is None:
            raise NotFound("There is no such case.", code="unknown_case")
        newest = await self._newest(case_id, "decision", case.person_id)
        if newest is None or newest.number != number:
            raise Conflict("This decision was changed since you read it. Please read it again.", code="newer_form")
        if newest.author == by:
            raise Conflict("You wrote this decision: somebody else has to look at it.", code="own_decision")
        given = newest.approval
        if given is not None:
            if (given.by, given.agrees, given.remark) == (by, agrees, remark):
                return
            raise Conflict(f"{given.name} has looked at this decision already.", code="already_approved")
        f = case_form.c
        row = (f.case_id == case_id, f.kind == "decision", f.revision == number)
        form_id = (await self._connection.execute(select(f.id).where(*row))).scalar_one()
        sealed = (await self._keys.of(case.person_id)).seal(Place("case_form", form_id, "sealed_remark"), remark)
        values = {"approver": by, "approved_at": func.now(), "agrees": agrees, "sealed_remark": sealed}
        await self._connection.execute(update(case_form).where(f.id == form_id).values(values))
        words = f"{'agrees' if agrees else 'does not agree'} with version {number}"
        await self._record.add(case_id, "approval", case.person_id, Tier(case.tier), actor=by, detail=words)

    async def wanting_a_look(self, me: UUID) -> set[UUID]:
        """Cases that are not closed whose newest decision is somebody else's and waits for a second counsellor."""
        query = select(case_form.c.case_id).where(case_form.c.author != me, *_wanting())
        return set((await self._connection.execute(query)).scalars())

    async def looks_wanted(self) -> int:
        """How many decisions wait for a second counsellor."""
        query = select(func.count()).select_from(case_form).where(*_wanting())
        return int((await self._connection.execute(query)).scalar_one())

    async def look_to_tell(self, case_id: UUID) -> tuple[UUID, UUID] | None:
        """The decision of a case of which others should be told now, and its author; None if they were, or need not."""
        f = case_form.c
        query = select(f.id, f.author).where(f.case_id == case_id, f.told_at.is_(None), *_wanting())
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else (row.id, row.author)

    async def look_told(self, form_id: UUID) -> None:
        """A channel took the alert about it."""
        untold = (case_form.c.id == form_id, case_form.c.told_at.is_(None))
        await self._connection.execute(update(case_form).where(*untold).values(told_at=func.now()))

    async def looks_untold(self, grace: timedelta, again: timedelta) -> list[UUID]:
        """Cases with a decision of which nobody was told, for the sweep; each of them once in so long."""
        f = case_form.c
        lost = (f.told_at.is_(None), f.at < func.now() - grace, f.rung_at.is_(None) | (f.rung_at < func.now() - again))
        rung = update(case_form).where(*lost, *_wanting()).values(rung_at=func.now()).returning(f.case_id)
        return list((await self._connection.execute(rung)).scalars())

    async def of(self, case_id: UUID, person_id: UUID) -> list[Revision]:
        """All revisions of all forms of a case, the newest of each first."""
        f = case_form.c
        query: Select[Any] = select(*f, _AUTHOR.c.name.label("author_name"), _APPROVER.c.name.label("approver_name"))
        query = query.join(_AUTHOR, f.author == _AUTHOR.c.id).outerjoin(_APPROVER, f.approver == _APPROVER.c.id)
        query = query.where(f.case_id == case_id).order_by(f.kind, f.revision.desc())
        key = await self._keys.of(person_id)
        return [_read(row, key) for row in await self._connection.execute(query)]

    async def _newest(self, case_id: UUID, kind: FormKind, person_id: UUID) -> Revision | None:
        return next((r for r in await self.of(case_id, person_id) if r.kind == kind), None)


def _wanting() -> tuple[ColumnElement[bool], ...]:
    """The newest decision of a case that is not closed, while no second counsellor has looked at it."""
    f, newer = case_form.c, case_form.alias("newer").c
    later = exists().where(newer.case_id == f.case_id, newer.kind == f.kind, newer.revision > f.revision)
    live = exists().where(crisis_case.c.id == f.case_id, crisis_case.c.status != "closed")
    return (f.kind == "decision", f.approver.is_(None), live, ~later)


def _read(row: Row[Any], key: DataKey) -> Revision:
    filled = _BODY.validate_json(key.open(Place("case_form", row.id, "sealed_body"), row.sealed_body))
    approval = None
    if row.approver is not None:
        remark = key.open(Place("case_form", row.id, "sealed_remark"), row.sealed_remark)
        approval = Approval(row.approver, row.approver_name, row.approved_at, row.agrees, remark)
    return Revision(row.kind, row.revision, row.author, row.author_name, row.at, filled, approval)
