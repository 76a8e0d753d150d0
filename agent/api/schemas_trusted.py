"""What goes over the wire about a trusted contact and a safety plan."""

import re
import unicodedata
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.api.schemas import Text, is_address
from agent.domain.safety_plan import MOST_PART, SafetyPlan
from agent.domain.trusted import Consent, Contact, NamedContact, TestState
from agent.errors import BadInput
from agent.storage.repositories.safety_plans import StoredPlan
from agent.storage.repositories.trusted_contacts import Said

MOST_NAME, MOST_HOW, MOST_PHONE = 60, 200, 40
_PHONE: Final = re.compile(r"[0-9+() ./-]*")


class ContactIn(BaseModel):
    """Somebody to name. ``called``: the name by which they know you. ``version``: of the words that you agree to."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "called": "Ines", "name": "Sam", "how": "my brother", "email": "sam@family.example", "phone": "",
                "agreed": True, "version": "2026-11-22.1",
            }
        },
    )  # fmt: skip

    called: Text
    name: Text
    how: Text = ""
    email: Text
    phone: Text = ""
    agreed: Literal[True]
    version: str = Field(max_length=40)

    def contact(self) -> Contact:
        """From what was sent; ``BadInput`` says what to mend."""
        how, email, phone = self.how.strip(), self.email.strip(), self.phone.strip()
        if len(how) > MOST_HOW:
            raise BadInput(f"Please say how you know them in {MOST_HOW} characters or fewer.", code="bad_how")
        if not is_address(email):
            raise BadInput("Please check the e-mail address.", code="bad_address")
        if len(phone) > MOST_PHONE or not _PHONE.fullmatch(phone):
            raise BadInput("Please check the phone number: digits, spaces and +.", code="bad_phone")
        return Contact(_name(self.called, "your name"), _name(self.name, "their name"), how, email, phone)


def _name(given: str, whose: str) -> str:
    """These words go out in a message, so they are a name: no address and no sentence fits in."""
    name = " ".join(given.split())
    letters = [c for c in name if unicodedata.category(c)[0] in "LM"]
    plain = all(unicodedata.category(c)[0] in "LM" or c in " '’-." for c in name)
    if not letters or not plain or len(name) > MOST_NAME or re.search(r"\.\S", name):
        raise BadInput(f"Please write {whose} with letters only, {MOST_NAME} at most.", code="bad_name")
    return name


class ContactOut(BaseModel):
    """Whom you named. ``test``: where the first message to them is; they can be reached once it is ``sent``."""

    called: str
    name: str
    how: str
    email: str
    phone: str
    agreed_at: datetime
    version: str
    test: TestState
    tested_at: datetime | None


class ConsentOut(BaseModel):
    """The last word on your consent, when nobody is named now. ``refused``: the contact said no."""

    what: Consent
    at: datetime


class TrustedOut(BaseModel):
    """``available``: whether this place can write to anybody at all. ``version``: of the policy's words now."""

    available: bool
    version: str
    contact: ContactOut | None
    ended: ConsentOut | None

    @classmethod
    def of(cls, named: NamedContact | None, last: Said | None, *, available: bool, version: str) -> "TrustedOut":
        """From the record."""
        contact = None
        if named is not None:
            c = named.contact
            contact = ContactOut(
                called=c.called, name=c.name, how=c.how, email=c.email, phone=c.phone, agreed_at=named.agreed_at,
                version=named.text_version, test=named.test,
                tested_at=named.test_sent_at or named.test_failed_at or named.test_asked_at,
            )  # fmt: skip
        ended = ConsentOut(what=last.what, at=last.at) if named is None and last is not None else None
        return cls(available=available, version=version, contact=contact, ended=ended)


class PlanParts(BaseModel):
    """The six parts of a safety plan, in your own words. Any may be empty."""

    model_config = ConfigDict(extra="forbid")

    warning_signs: Text = ""
    myself: Text = ""
    distraction: Text = ""
    people: Text = ""
    professionals: Text = ""
    safer: Text = ""

    def plan(self) -> SafetyPlan:
        """From what was sent; ``BadInput`` if a part is too long, and nothing is lost by it."""
        parts = {name: str(words).strip() for name, words in self.model_dump().items()}
        if any(len(words) > MOST_PART for words in parts.values()):
            raise BadInput(f"Each part can hold {MOST_PART} characters. Nothing was lost.", code="part_too_long")
        return SafetyPlan(**parts)


class PlanIn(BaseModel):
    """A plan to save. ``based_on``: the revision that it was changed from, 0 for a first one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"based_on": 0, "parts": {"myself": "Walk to the sea and back."}}},
    )

    based_on: int = Field(ge=0)
    parts: PlanParts


class PlanOut(BaseModel):
    """The plan as it stands. ``revision`` 0: nothing was written yet. ``by``: a counsellor's name, null for you."""

    revision: int
    parts: PlanParts
    at: datetime | None
    by: str | None

    @classmethod
    def of(cls, stored: StoredPlan) -> "PlanOut":
        """From the record."""
        parts = PlanParts(**stored.plan.parts())
        return cls(revision=stored.revision, parts=parts, at=stored.at, by=stored.by)


class RevisionOut(BaseModel):
    """The plan was saved: this is its number now."""

    revision: int
