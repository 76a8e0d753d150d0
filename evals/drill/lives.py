"""A case replayed from its record: in whose hands it was, from which commit to which.

A new kind of event that moves a case is one more line in ``MOVES``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from agent.domain.escalation import OWNED, CaseStatus, Happening, after
from agent.errors import Conflict
from evals.drill.record import EventRow

#: What an event means for the state. ``transferred`` to somebody who sits beside is a step in.
MOVES: Final[dict[str, Happening]] = {
    "risk": "risk", "claimed": "claim", "took_over": "take_over", "transferred": "transfer", "stepped_in": "step_in",
    "handed_back": "hand_back", "released": "release", "lapsed": "lapse", "closed": "close",
}  # fmt: skip
#: Only the owner can do these.
BY_OWNER: Final = frozenset({"took_over", "transferred", "handed_back", "released", "lapsed", "closed"})
FOREVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Hands:
    """From ``begun`` to ``ended`` (commits, seconds since 1970) a case was like this."""

    begun: float
    ended: float
    status: CaseStatus = "open"
    owner: str | None = None
    second: str | None = None
    fence: int = 0

    def during(self, begun: float, ended: float) -> bool:
        """Whether some of it lies between two moments."""
        return self.begun <= ended and begun <= self.ended


@dataclass(slots=True)
class Life:
    """All of a case. ``wrong`` says what could not have happened."""

    hands: list[Hands] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def before(self, event: EventRow) -> Hands | None:
        """How it was when an event came."""
        return next((h for h in self.hands if h.ended == event.committed), None)


def replay(events: Sequence[EventRow]) -> Life:
    """The life of one case; ``events`` in the order of their commits."""
    life = Life()
    now = Hands(events[0].committed if events else 0.0, FOREVER)
    for event in events:
        together = [e for e in events if e.transaction == event.transaction]
        try:
            then = _after(now, event, together, life.wrong)
        except Conflict as error:
            life.wrong.append(f"{event.kind} while {now.status}: {error.reason}")
            continue
        if then != now:
            life.hands.append(replace(now, ended=event.committed))
            now = replace(then, begun=event.committed)
    life.hands.append(now)
    return life


def _after(now: Hands, event: EventRow, together: Sequence[EventRow], wrong: list[str]) -> Hands:
    kind = event.kind
    if kind == "joined":
        return replace(now, second=event.actor)
    if kind == "left":
        return replace(now, second=None)
    if kind not in MOVES:
        return now
    if kind in BY_OWNER and event.actor != now.owner:
        wrong.append(f"{kind} by {event.actor}, while {now.owner} had it")
    if kind == "lapsed" and any(e.kind == "stepped_in" for e in together):
        return now  # the one beside them goes on: that event moves it
    happening, owner, fence = MOVES[kind], now.owner, now.fence
    if kind == "transferred":
        called = next((e.actor for e in together if e.kind == "paged"), None)
        happening, owner = ("transfer", called) if called is not None else ("step_in", now.second)
    if kind in {"claimed", "stepped_in"}:
        owner = event.actor
    if kind in {"claimed", "stepped_in", "transferred"}:
        fence += 1
    status = after(now.status, happening)
    beside = now.second if kind in {"risk", "took_over", "claimed"} else None
    return replace(now, status=status, owner=owner if status in OWNED else None, second=beside, fence=fence)


def lives(events: Sequence[EventRow]) -> dict[UUID, Life]:
    """Every case."""
    told: dict[UUID, list[EventRow]] = {}
    for event in events:
        told.setdefault(event.case_id, []).append(event)
    return {case: replay(some) for case, some in told.items()}
