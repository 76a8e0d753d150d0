"""The life of a case: its states, what may happen in each, and what a page is. Pure; rows and clocks are elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from agent.domain.risk import Tier
from agent.errors import Conflict

CaseStatus = Literal["open", "claimed", "in_conversation", "handed_back", "closed"]
#: What can happen to a case. ``risk`` is new danger of the same person, ``lapse`` a lease that ran out; who sits beside
#: the owner can ``step_in``.
Happening = Literal[
    "risk", "claim", "take_over", "transfer", "step_in", "release", "hand_back", "lapse", "close", "reopen"
]
#: What a case turned out to be, said by the counsellor who closes it. ``missed``: danger seen too late or too low.
Outcome = Literal["true_alarm", "missed", "false_alarm", "misuse", "could_not_reach"]

#: The contact of last resort that the organisation has named: not one of its counsellors.
Outside = Literal["outside"]

OWNED: Final[frozenset[CaseStatus]] = frozenset({"claimed", "in_conversation"})
#: The whole life. What is not here cannot happen.
TRANSITIONS: Final[dict[CaseStatus, dict[Happening, CaseStatus]]] = {
    "open": {"risk": "open", "claim": "claimed"},
    "claimed": {
        "risk": "claimed", "take_over": "in_conversation", "transfer": "claimed", "step_in": "claimed",
        "release": "open", "lapse": "open", "hand_back": "handed_back", "close": "closed",
    },
    "in_conversation": {
        "risk": "in_conversation", "transfer": "claimed", "step_in": "in_conversation", "release": "open",
        "lapse": "open", "hand_back": "handed_back", "close": "closed",
    },
    "handed_back": {"risk": "open", "claim": "claimed", "reopen": "open", "close": "closed"},
    "closed": {"risk": "open", "reopen": "open"},
}  # fmt: skip


def after(status: CaseStatus, happening: Happening) -> CaseStatus:
    """The state that follows; ``Conflict`` where it cannot happen."""
    found = TRANSITIONS[status].get(happening)
    if found is None:
        raise Conflict(
            f"This case is {status.replace('_', ' ')}: it cannot be {_SAID[happening]} now.", code="not_in_this_state"
        )
    return found


_SAID: Final[dict[Happening, str]] = {
    "risk": "added to", "claim": "claimed", "take_over": "taken over", "transfer": "transferred",
    "step_in": "taken on by another", "release": "put back into the queue", "hand_back": "handed back to the agent",
    "lapse": "taken from its counsellor", "close": "closed", "reopen": "opened again",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """One alert about a case, in the round that runs. ``failed_at`` is set when no channel took it."""

    step: int
    to: UUID | Outside
    at: datetime
    acknowledged_at: datetime | None = None
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds a case, and until when. ``fence`` grows with every claim: a write with an older one is refused."""

    owner: UUID
    until: datetime
    fence: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the ladder needs of a case. ``since``: when this round began (opened, worse, released, lapsed, reopened).

    ``lapsed``: it began because the counsellor who had the case vanished. ``domains``: what the danger is about.
    """

    id: UUID
    status: CaseStatus
    tier: Tier
    since: datetime
    languages: tuple[str, ...] = ()
    lease: Lease | None = None
    pages: tuple[Page, ...] = ()
    lapsed: bool = False
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A case in which a counsellor talks with the person: the agent is silent, or drafts for the counsellor."""

    case_id: UUID
    drafting: bool


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody who could be paged now. ``load`` is how many cases they hold, ``cap`` how many they may.

    ``back_at``: the end of the break that they are on.
    """

    id: UUID
    supervisor: bool = False
    languages: tuple[str, ...] = ("en",)
    skills: tuple[str, ...] = ()
    load: int = 0
    cap: int = 4
    back_at: datetime | None = None

    @property
    def on_break(self) -> bool:
        """Whether others are asked first."""
        return self.back_at is not None

    @property
    def free(self) -> bool:
        """Whether one more case would be within their load."""
        return not self.on_break and self.load < self.cap


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is on duty at a moment, the ones to ask first at the front, and who is outside of it all."""

    on_duty: tuple[OnDuty, ...] = ()
    outside: bool = False
