"""Trusted contacts: named, tested, taken back, refused. The address goes at once; that there was consent stays."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.trusted import Consent, Contact, NamedContact
from agent.errors import Conflict, NotFound, TooMuch
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.repositories.people import hash_token
from agent.storage.repositories.queue import TEST, queued
from agent.storage.tables import person
from agent.storage.tables_trusted import trusted_address, trusted_consent, trusted_contact, trusted_link

_BODY: Final = TypeAdapter(Contact)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
#: Changes of the contact by one person, and test messages of everybody together, so that this is no way to send mail.
PER_HOUR, PER_DAY, TESTS_PER_HOUR = 1, 3, 60


class ContactKey:
    """Makes the link of a naming, and the fingerprint of an address, so that neither has to be stored."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def token(self, contact_id: UUID) -> str:
        """What stands in the link "I don't want this"."""
        made = hmac.new(self._secret, b"link" + contact_id.bytes, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()

    def fingerprint(self, address: str) -> bytes:
        """The same for one mailbox however it is written: in capitals, or with a tag after a plus sign."""
        local, _, domain = address.casefold().rpartition("@")
        mailbox = f"{local.partition('+')[0] or local}@{domain}"
        return hmac.new(self._secret, b"address" + mailbox.encode(), hashlib.sha256).digest()


@dataclass(frozen=True, slots=True)
class Said:
    """The last word on a person's consent."""

    what: Consent
    at: datetime


class TrustedContacts:
    """One a person at most. Times are the database's."""

    def __init__(self, connection: AsyncConnection, keys: Keyring, key: ContactKey) -> None:
        self._connection = connection
        self._keys = keys
        self._key = key

    def token(self, contact_id: UUID) -> str:
        """What stands in the link by which this contact says no."""
        return self._key.token(contact_id)

    async def of(self, person_id: UUID) -> NamedContact | None:
        """Whom the person has named."""
        return await self._one(trusted_contact.c.person_id == person_id)

    async def get(self, contact_id: UUID) -> NamedContact | None:
        """One naming; None once it was taken back, refused or replaced."""
        return await self._one(trusted_contact.c.id == contact_id)

    async def last(self, person_id: UUID) -> Said | None:
        """The last word on the person's consent."""
        c = trusted_consent.c
        query = select(c.what, c.at).where(c.person_id == person_id).order_by(c.at.desc()).limit(1)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else Said(row.what, row.at)

    async def name(self, person_id: UUID, contact: Contact, text_version: str) -> NamedContact:
        """Name somebody, or say something else about them. ``TooMuch`` if that was done a short time ago."""
        await self._lock(person_id)
        await self._not_too_often(person_id)
        known = await self.of(person_id)
        same = known is not None and self._same(known.contact.email, contact.email)
        contact_id = known.id if known is not None and same else uuid4()
        place = Place("trusted_contact", contact_id, "sealed_body")
        sealed = (await self._keys.of(person_id)).seal(place, _BODY.dump_json(contact).decode())
        values = {"sealed_body": sealed, "text_version": text_version, "agreed_at": func.now()}
        mine = trusted_contact.c.person_id == person_id
        if same:
            await self._connection.execute(update(trusted_contact).where(mine).values(values))
        else:
            await self._connection.execute(delete(trusted_contact).where(mine))
            token_hash = hash_token(self._key.token(contact_id))
            await self._connection.execute(
                insert(trusted_contact).values(id=contact_id, person_id=person_id, token_hash=token_hash, **values)
            )
        await self._note(person_id, "agreed", text_version)
        named = await self.of(person_id)
        assert named is not None
        return named

    async def ask_test(self, person_id: UUID) -> UUID | None:
        """A test message is to go out; None if one is on its way.

        ``Conflict`` if its reader said no before, ``TooMuch`` if one went today.
        """
        await self._lock(person_id)
        named = await self.of(person_id)
        if named is None:
            raise NotFound("You have named nobody.", code="no_contact")
        if named.test == "waiting":
            return None
        await self._take_turn(named.contact.email)
        link = {"token_hash": hash_token(self._key.token(named.id)), "fingerprint": self._print(named)}
        await self._connection.execute(
            insert(trusted_link)
            .values(link)
            .on_conflict_do_update(index_elements=["token_hash"], set_={"fingerprint": link["fingerprint"]})
        )
        values = {"test_asked_at": func.now(), "test_sent_at": None, "test_failed_at": None}
        await self._set(named.id, values)
        return named.id

    async def test_sent(self, contact_id: UUID) -> None:
        """The mail server took it."""
        await self._set(contact_id, {"test_sent_at": func.now()})

    async def test_failed(self, named: NamedContact) -> None:
        """It did not: the address was not written to, and may be tried again."""
        await self._set(named.id, {"test_failed_at": func.now()})
        mine = trusted_address.c.fingerprint == self._print(named)
        await self._connection.execute(update(trusted_address).where(mine).values(tested_at=None))

    async def tests_unsent(self, older_than: timedelta) -> list[UUID]:
        """Test messages whose job was lost."""
        c = trusted_contact.c
        lost = (c.test_asked_at < func.now() - older_than, c.test_sent_at.is_(None), c.test_failed_at.is_(None))
        return list(
            (await self._connection.execute(select(c.id).where(*lost, ~queued(TEST, "contact_id", c.id)))).scalars()
        )

    async def revoke(self, person_id: UUID) -> bool:
        """Taken back by the person: what was stored of the contact is gone. False if there was nobody."""
        return await self._end(trusted_contact.c.person_id == person_id, "revoked") is not None

    async def known(self, token: str) -> bool:
        """Whether a contact's link can still say no: for a naming, or for an address that was open so far."""
        mine = trusted_contact.c.token_hash == hash_token(token)
        if (await self._connection.execute(select(trusted_contact.c.id).where(mine))).one_or_none() is not None:
            return True
        return await self._open_address(token) is not None

    async def refuse(self, token: str) -> bool:
        """The contact says no: gone as well, and nobody can have a test message sent to this address again.

        That counts also if whoever named them has taken it back meanwhile.
        """
        gone = await self._end(trusted_contact.c.token_hash == hash_token(token), "refused")
        fingerprint = self._print(gone) if gone is not None else await self._open_address(token)
        if fingerprint is None:
            return False
        values = {"fingerprint": fingerprint, "refused_at": func.now()}
        upsert = insert(trusted_address).values(values)
        await self._connection.execute(
            upsert.on_conflict_do_update(index_elements=["fingerprint"], set_={"refused_at": func.now()})
        )
        return True

    async def _open_address(self, token: str) -> bytes | None:
        """The fingerprint behind a link, unless it has said no already."""
        link, address = trusted_link.c, trusted_address.c
        query = select(link.fingerprint).outerjoin(trusted_address, link.fingerprint == address.fingerprint)
        query = query.where(link.token_hash == hash_token(token), address.refused_at.is_(None))
        found: bytes | None = (await self._connection.execute(query)).scalar_one_or_none()
        return found

    def _print(self, named: NamedContact) -> bytes:
        return self._key.fingerprint(named.contact.email)

    async def _end(self, which: Any, what: Consent) -> NamedContact | None:  # noqa: ANN401  (a condition)
        gone = await self._one(which)
        if gone is None:
            return None
        dropped = await self._connection.execute(
            delete(trusted_contact).where(trusted_contact.c.id == gone.id).returning(trusted_contact.c.id)
        )
        if dropped.one_or_none() is None:
            return None
        await self._note(gone.person_id, what, gone.text_version)
        return gone

    async def _not_too_often(self, person_id: UUID) -> None:
        c = trusted_consent.c
        lately, today = (func.count().filter(c.at > func.now() - span) for span in (_HOUR, _DAY))
        query = select(lately, today).where(c.person_id == person_id, c.what == "agreed")
        hour, day = (await self._connection.execute(query)).one()
        if hour >= PER_HOUR or day >= PER_DAY:
            when = "in an hour" if day < PER_DAY else "tomorrow"
            raise TooMuch(
                f"You named somebody a short time ago. You can change it {when}. Taking it back works at any time.",
                code="changed_lately",
            )

    async def _take_turn(self, address: str) -> None:
        c, fingerprint = trusted_address.c, self._key.fingerprint(address)
        recent = select(func.count()).where(c.tested_at > func.now() - _HOUR)
        if (await self._connection.execute(recent)).scalar_one() >= TESTS_PER_HOUR:
            raise TooMuch("Too many messages go out just now. Please try again in an hour.", code="too_many_tests")
        upsert = insert(trusted_address).values(fingerprint=fingerprint, tested_at=func.now())
        allowed = c.refused_at.is_(None) & (c.tested_at.is_(None) | (c.tested_at < func.now() - _DAY))
        taken = await self._connection.execute(
            upsert.on_conflict_do_update(
                index_elements=["fingerprint"], set_={"tested_at": func.now()}, where=allowed
            ).returning(c.fingerprint)
        )
        if taken.one_or_none() is not None:
            return
        refused = select(c.refused_at).where(c.fingerprint == fingerprint)
        if (await self._connection.execute(refused)).scalar_one() is not None:
            raise Conflict("No message can be sent to this address. Please name somebody else.", code="address_closed")
        raise TooMuch("A message went to this address today. Please try again tomorrow.", code="tested_lately")

    def _same(self, one: str, other: str) -> bool:
        return self._key.fingerprint(one) == self._key.fingerprint(other)

    async def _lock(self, person_id: UUID) -> None:
        mine = person.c.id == person_id
        await self._connection.execute(select(person.c.id).where(mine).with_for_update(key_share=True))

    async def _note(self, person_id: UUID, what: Consent, text_version: str) -> None:
        values = {"id": uuid4(), "person_id": person_id, "what": what, "text_version": text_version}
        # Not the transaction's time: two words in one transaction have an order.
        await self._connection.execute(insert(trusted_consent).values(at=func.clock_timestamp(), **values))

    async def _set(self, contact_id: UUID, values: Mapping[str, object]) -> None:
        await self._connection.execute(update(trusted_contact).where(trusted_contact.c.id == contact_id).values(values))

    async def _one(self, which: Any) -> NamedContact | None:  # noqa: ANN401  (a condition)
        row = (await self._connection.execute(select(trusted_contact).where(which))).one_or_none()
        return None if row is None else await self._read(row)

    async def _read(self, row: Row[Any]) -> NamedContact:
        key = await self._keys.of(row.person_id)
        body = key.open(Place("trusted_contact", row.id, "sealed_body"), row.sealed_body)
        return NamedContact(
            row.id, row.person_id, _BODY.validate_json(body), row.text_version, row.agreed_at, row.test_asked_at,
            row.test_sent_at, row.test_failed_at,
        )  # fmt: skip
