"""Counsellors: accounts made by a one-time link, and their sessions. Passwords are argon2id (RFC 9106 defaults)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.roster import LONGEST_DUTY
from agent.errors import Conflict, NotAllowed, NotFound
from agent.storage.repositories.people import hash_token
from agent.storage.tables import counsellor, counsellor_session, invite

#: Whoever signs in when their duty begins is not signed out in the middle of it. There is no other limit.
SESSION_HOURS = LONGEST_DUTY + 1
INVITE_HOURS = 24
FAILURES_BEFORE_LOCK = 5
LOCK_MINUTES = 5
#: Hash of a random password that was thrown away: for an account without one, and in place of one that is not there,
#: so that both answers take as long.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$x5FcbHUZlLRfVvtqU1h2+A$vUG2jZXLvzxSGPcL2IPh5ysy9dKYnpCtgsFdJbjCWbQ"


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


@dataclass(frozen=True, slots=True)
class Listed:
    """An account as the operator's list shows it."""

    name: str
    email: str
    supervisor: bool
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invited:
    """What a one-time link is for: a new account, or a new password of this one."""

    name: str | None
    email: str | None


class Counsellors:
    """Invites, accounts, sessions."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def listed(self) -> list[Listed]:
        """Every account, by name."""
        c = counsellor.c
        query = select(c.name, c.email, c.supervisor, c.disabled_at).order_by(c.name, c.id)
        return [Listed(*row) for row in await self._connection.execute(query)]

    async def disable(self, email: str, now: datetime) -> UUID:
        """No sign-in, no session, no duty from here on. The record keeps their name."""
        c = counsellor.c
        ended = {"disabled_at": now, "on_duty_until": None, "break_until": None}
        done = update(counsellor).where(c.email == email, c.disabled_at.is_(None)).values(ended).returning(c.id)
        who: UUID | None = (await self._connection.execute(done)).scalar_one_or_none()
        if who is None:
            raise NotFound("There is no account with this e-mail address that could be ended.", code="unknown_account")
        await self._end_sessions(who)
        await self._connection.execute(delete(invite).where(invite.c.counsellor_id == who, invite.c.used_at.is_(None)))
        return who

    async def reset(self, email: str, now: datetime) -> str:
        """A one-time token for a new password, which also opens an ended account again.

        The password of before and all sessions end at once: somebody else may have them.
        """
        c = counsellor.c
        dropped = update(counsellor).where(c.email == email).values(password_hash=NOBODY).returning(c.id)
        who = (await self._connection.execute(dropped)).scalar_one_or_none()
        if who is None:
            raise NotFound("There is no account with this e-mail address.", code="unknown_account")
        await self._end_sessions(who)
        return await self._link(now, counsellor_id=who)

    async def any(self) -> bool:
        """Whether there is an account at all."""
        return bool((await self._connection.execute(select(func.count()).select_from(counsellor))).scalar_one())

    async def invite(self, now: datetime, *, supervisor: bool = False) -> str:
        """A one-time token that makes an account. The first account is always a supervisor's."""
        return await self._link(now, supervisor=supervisor)

    async def invited(self, token: str) -> Invited | None:
        """What this token is for; None if it does not work any more."""
        c = invite.c
        live = (c.token_hash == hash_token(token), c.used_at.is_(None), c.expires_at > func.now())
        query = select(counsellor.c.name, counsellor.c.email).select_from(
            invite.outerjoin(counsellor, c.counsellor_id == counsellor.c.id)
        )
        row = (await self._connection.execute(query.where(*live))).one_or_none()
        return None if row is None else Invited(*row)

    async def register(self, token: str, name: str, email: str, password_hash: str) -> UUID:
        """Use the token up and make the account, or give the one it is for this password; or do neither."""
        c = invite.c
        used = await self._connection.execute(
            update(invite)
            .where(c.token_hash == hash_token(token), c.used_at.is_(None), c.expires_at > func.now())
            .values(used_at=func.now())
            .returning(c.supervisor, c.counsellor_id)
        )
        link = used.one_or_none()
        if link is None:
            raise NotAllowed(
                "This link has been used or is too old. Ask for a new one: handhold invite", code="bad_invite"
            )
        if link.counsellor_id is not None:
            anew = {"password_hash": password_hash, "disabled_at": None, "failed_sign_ins": 0, "locked_until": None}
            mine = counsellor.c.id == link.counsellor_id
            await self._connection.execute(update(counsellor).where(mine).values(anew))
            await self._end_sessions(link.counsellor_id)
            return UUID(str(link.counsellor_id))
        taken = await self._connection.execute(select(counsellor.c.id).where(counsellor.c.email == email))
        if taken.one_or_none() is not None:
            raise Conflict("There is an account with this e-mail address already.", code="email_taken")
        made, first = uuid4(), not await self.any()
        values = {"name": name, "email": email, "password_hash": password_hash, "supervisor": link.supervisor or first}
        await self._connection.execute(insert(counsellor).values(id=made, **values))
        return made

    async def account(self, email: str, *, hold: bool = False) -> Account | None:
        """The account of an e-mail address. ``hold``: nobody else counts a failure of it meanwhile."""
        c = counsellor.c
        locked = func.coalesce(c.locked_until > func.now(), False)
        query = select(c.id, c.name, c.password_hash, locked).where(c.email == email, c.disabled_at.is_(None))
        row = (await self._connection.execute(query.with_for_update() if hold else query)).one_or_none()
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
        live = (c.token_hash == hash_token(token), c.expires_at > func.now(), who.disabled_at.is_(None))
        row = (await self._connection.execute(query.where(*live))).one_or_none()
        return None if row is None else SignedIn(*row)

    async def sign_out(self, token: str) -> None:
        """End a session."""
        await self._connection.execute(
            delete(counsellor_session).where(counsellor_session.c.token_hash == hash_token(token))
        )

    async def _link(self, now: datetime, **values: object) -> str:
        token = secrets.token_urlsafe(32)
        values |= {"token_hash": hash_token(token), "expires_at": now + timedelta(hours=INVITE_HOURS)}
        await self._connection.execute(insert(invite).values(values))
        return token

    async def _end_sessions(self, counsellor_id: UUID) -> None:
        mine = counsellor_session.c.counsellor_id == counsellor_id
        await self._connection.execute(delete(counsellor_session).where(mine))
