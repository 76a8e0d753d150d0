"""Counsellors: accounts made by a one-time link, and their sessions. Passwords are argon2id (RFC 9106 defaults)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.errors import Conflict, NotAllowed
from agent.storage.repositories.people import hash_token
from agent.storage.tables import counsellor, counsellor_session, invite

SESSION_HOURS = 10
INVITE_HOURS = 24
FAILURES_BEFORE_LOCK = 5
LOCK_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Account:
    """A counsellor's account as sign-in needs it."""

    id: UUID
    name: str
    password_hash: str
    locked: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session."""

    counsellor_id: UUID
    name: str
    csrf: str
    supervisor: bool


class Counsellors:
    """Invites, accounts, sessions."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def any(self) -> bool:
        """Whether there is an account at all."""
        return bool((await self._connection.execute(select(func.count()).select_from(counsellor))).scalar_one())

    async def invite(self, now: datetime, *, supervisor: bool = False) -> str:
        """A one-time token that makes an account. The first account is always a supervisor's."""
        token = secrets.token_urlsafe(32)
        expires = now + timedelta(hours=INVITE_HOURS)
        values = {"token_hash": hash_token(token), "expires_at": expires, "supervisor": supervisor}
        await self._connection.execute(insert(invite).values(values))
        return token

    async def invited(self, token: str) -> bool:
        """Whether this token still works."""
        c = invite.c
        live = (c.token_hash == hash_token(token), c.used_at.is_(None), c.expires_at > func.now())
        return (await self._connection.execute(select(c.token_hash).where(*live))).one_or_none() is not None

    async def register(self, token: str, name: str, email: str, password_hash: str) -> UUID:
        """Use the token up and make the account, or do neither."""
        c = invite.c
        used = await self._connection.execute(
            update(invite)
            .where(c.token_hash == hash_token(token), c.used_at.is_(None), c.expires_at > func.now())
            .values(used_at=func.now())
            .returning(c.supervisor)
        )
        link = used.one_or_none()
        if link is None:
            raise NotAllowed(
                "This link has been used or is too old. Ask for a new one: handhold invite", code="bad_invite"
            )
        taken = await self._connection.execute(select(counsellor.c.id).where(counsellor.c.email == email))
        if taken.one_or_none() is not None:
            raise Conflict("There is an account with this e-mail address already.", code="email_taken")
        made, first = uuid4(), not await self.any()
        values = {"name": name, "email": email, "password_hash": password_hash, "supervisor": link.supervisor or first}
        await self._connection.execute(insert(counsellor).values(id=made, **values))
        return made

    async def account(self, email: str) -> Account | None:
        """The account of an e-mail address."""
        c = counsellor.c
        locked = func.coalesce(c.locked_until > func.now(), False)
        row = (
            await self._connection.execute(select(c.id, c.name, c.password_hash, locked).where(c.email == email))
        ).one_or_none()
        return None if row is None else Account(*row)

    async def addresses(self, ids: Sequence[UUID]) -> dict[UUID, str]:
        """The e-mail addresses of counsellors."""
        query = select(counsellor.c.id, counsellor.c.email).where(counsellor.c.id.in_(ids))
        return {row.id: row.email for row in await self._connection.execute(query)}

    async def sign_in(self, counsellor_id: UUID, now: datetime) -> str:
        """A new session; returns its token, which is stored as a hash."""
        token = secrets.token_urlsafe(32)
        await self._connection.execute(delete(counsellor_session).where(counsellor_session.c.expires_at < now))
        await self._connection.execute(
            insert(counsellor_session).values(
                token_hash=hash_token(token), counsellor_id=counsellor_id, csrf=secrets.token_urlsafe(32),
                expires_at=now + timedelta(hours=SESSION_HOURS),
            )
        )  # fmt: skip
        cleared = {"failed_sign_ins": 0, "locked_until": None}
        await self._connection.execute(update(counsellor).where(counsellor.c.id == counsellor_id).values(cleared))
        return token

    async def failed(self, counsellor_id: UUID, now: datetime) -> None:
        """Count a wrong password; the account rests for some minutes after five in a row."""
        where = counsellor.c.id == counsellor_id
        bump = update(counsellor).where(where).values(failed_sign_ins=counsellor.c.failed_sign_ins + 1)
        count = (await self._connection.execute(bump.returning(counsellor.c.failed_sign_ins))).scalar_one()
        if count >= FAILURES_BEFORE_LOCK:
            rest = {"locked_until": now + timedelta(minutes=LOCK_MINUTES), "failed_sign_ins": 0}
            await self._connection.execute(update(counsellor).where(where).values(rest))

    async def session(self, token: str) -> SignedIn | None:
        """Who is signed in with this token."""
        c, who = counsellor_session.c, counsellor.c
        query = select(c.counsellor_id, who.name, c.csrf, who.supervisor)
        query = query.join(counsellor, c.counsellor_id == who.id)
        live = (c.token_hash == hash_token(token), c.expires_at > func.now())
        row = (await self._connection.execute(query.where(*live))).one_or_none()
        return None if row is None else SignedIn(*row)

    async def sign_out(self, token: str) -> None:
        """End a session."""
        await self._connection.execute(
            delete(counsellor_session).where(counsellor_session.c.token_hash == hash_token(token))
        )
