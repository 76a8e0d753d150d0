"""Somebody whom the person trusts and has named, and what became of the message that tells them so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

#: waiting: on its way; sent: the mail server took it; failed: it did not, after several tries.
TestState = Literal["none", "waiting", "sent", "failed"]
#: What is kept of a consent for good.
Consent = Literal["agreed", "revoked", "refused"]


@dataclass(frozen=True, slots=True)
class Contact:
    """Who it is, in the person's words. ``called``: the name by which the contact knows the person."""

    called: str
    name: str
    how: str
    email: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class NamedContact:
    """A contact with the consent to reach them. ``id`` is one naming of one address."""

    id: UUID
    person_id: UUID
    contact: Contact
    text_version: str
    agreed_at: datetime
    test_asked_at: datetime | None
    test_sent_at: datetime | None
    test_failed_at: datetime | None

    @property
    def test(self) -> TestState:
        """Where the test message is."""
        if self.test_sent_at is not None:
            return "sent"
        if self.test_failed_at is not None:
            return "failed"
        return "none" if self.test_asked_at is None else "waiting"


@dataclass(frozen=True, slots=True)
class Reach:
    """A counsellor's use of the contact in a case: looked up with a reason, then perhaps written to."""

    id: UUID
    case_id: UUID
    person_id: UUID
    contact_id: UUID
    by: UUID
    by_name: str
    reason: str
    at: datetime
    asked_at: datetime | None
    sent_at: datetime | None
    failed_at: datetime | None

    @property
    def counts(self) -> bool:
        """Whether the contact was written to by it, or is about to be."""
        return self.asked_at is not None and self.failed_at is None
