"""Whether a counsellor may reach the contact that a person has named: one pure function of the written policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent.domain.quiet_hours import QuietHours
from agent.domain.risk import Tier

Missing = Literal["no_mail", "no_contact", "not_told", "not_yours", "tier", "night", "reason", "not_tried", "once"]


@dataclass(frozen=True, slots=True)
class MailWords:
    """Subject and body of a message, with names in braces."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class TrustedPolicy:
    """The written policy: its conditions, and the words that everybody concerned is told.

    ``tried`` are the gentler ways; one of them, or ``no_time``, must be named.
    """

    version: str
    tiers: frozenset[Tier]
    reason_words: int
    tried: Mapping[str, str]
    consent: Mapping[str, str]
    test: MailWords
    reach: MailWords
    notice: str
    missing: Mapping[Missing, str]
    quiet: QuietHours | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A counsellor's wish to reach the contact, and what stands on the record.

    ``told``: the test message went out and was not refused. ``reached``: messages in this case, ``allowed``: how often
    a supervisor allowed one more.
    """

    tier: Tier
    owner: bool
    mail: bool
    contact: bool
    told: bool
    reason: str
    tried: frozenset[str]
    reached: int = 0
    allowed: int = 0


def may_reach(ask: Ask, policy: TrustedPolicy, now: datetime) -> tuple[Missing, ...]:
    """Empty if they may; else everything that is missing, what nobody can mend first."""
    night = ask.tier <= Tier.MODERATE and policy.quiet is not None and policy.quiet.until(now) is not None
    checks: tuple[tuple[Missing, bool], ...] = (
        ("no_mail", ask.mail),
        ("no_contact", ask.contact),
        ("not_told", ask.told or not ask.contact),
        ("not_yours", ask.owner),
        ("tier", ask.tier in policy.tiers),
        ("night", not night),
        ("once", ask.reached <= ask.allowed),
        ("reason", len(ask.reason.split()) >= policy.reason_words),
        ("not_tried", bool(ask.tried & policy.tried.keys())),
    )
    return tuple(name for name, fulfilled in checks if not fulfilled)
