"""The queue as the documents describe it, in plain Python: whose case it is, and what the person was told.

Written from docstrings and the two data files, not from the code: no table of transitions and no ladder of the product
is used here. Times are the ones of ``now``, which the test sets before each step.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from uuid import UUID

from agent.yaml_files import read_yaml

NOTICES = read_yaml(files("agent.escalation").joinpath("data/notices.yaml"))
PLACES = {"open": 0, "claimed": 1, "in_conversation": 1, "handed_back": 2}
LADDER = read_yaml(files("agent.escalation").joinpath("data/ladder.yaml"))
LABELS = ("none", "low", "moderate", "high", "imminent")
LEASE, PASSED, SAME_CASE = timedelta(minutes=5), timedelta(minutes=2), timedelta(hours=72)
HELD = ("claimed", "in_conversation")


class Refused(Exception):
    """The model says that this must not happen."""


@dataclass
class Staff:
    """A counsellor. ``rest``: until when they are on a break."""

    id: UUID
    name: str
    supervisor: bool
    cap: int
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    until: datetime | None = None
    rest: datetime | None = None


@dataclass
class Case:
    """A case, known by the turn that opened it. ``passed``: to whom and when, until they open it."""

    turn: UUID
    person: UUID
    chat: UUID
    tier: int
    opened_at: datetime
    needed_at: datetime
    since: datetime
    status: str = "open"
    fence: int = 0
    owner: UUID | None = None
    lease: datetime | None = None
    second: UUID | None = None
    second_until: datetime | None = None
    drafting: bool = False
    lapsed: bool = False
    outcome: str | None = None
    closed_at: datetime | None = None
    passed: tuple[UUID, datetime] | None = None
    events: list[tuple[datetime, str, UUID | None]] = field(default_factory=list)

    def nobody(self, status: str) -> None:
        """Nobody has it and nobody sits beside it."""
        self.status, self.owner, self.lease, self.second, self.second_until = status, None, None, None, None
        self.drafting, self.passed = False, None


class Queue:
    """All cases, counsellors and chats; each method is something that can happen, or raises ``Refused``."""

    def __init__(self, staff: list[Staff], now: datetime) -> None:
        self.now = now
        self.staff = {one.id: one for one in staff}
        self.cases: list[Case] = []
        self.turns: set[UUID] = set()
        self.latest: dict[UUID, UUID] = {}
        self.chats: dict[UUID, list[tuple[str, str]]] = {}
        self.chats_of: dict[UUID, list[UUID]] = {}
        self.locale: dict[UUID, str] = {}
        self.said: dict[UUID, str] = {}
        self.whispers: set[str] = set()

    def live(self, person: UUID) -> Case | None:
        return next((c for c in self.cases if c.person == person and c.status != "closed"), None)

    def on_duty(self) -> list[Staff]:
        return [s for s in self.staff.values() if s.until is not None and s.until > self.now]

    # The person.

    def opens(self, person: UUID, chat: UUID, locale: str) -> None:
        self.latest[person], self.chats[chat], self.locale[chat] = chat, [], locale
        self.chats_of.setdefault(person, []).append(chat)

    def danger(self, turn: UUID, person: UUID, chat: UUID, tier: int, *, calm: bool) -> None:
        """New danger. Of a person there is one live case, and a case closed lately is opened again."""
        if turn in self.turns or (calm and self.live(person) is not None):
            return
        self.turns.add(turn)
        lately = [c for c in self.cases if c.closed_at is not None and c.closed_at > self.now - SAME_CASE]
        mine = [c for c in lately if c.person == person]
        case = self.live(person) or max(mine, key=lambda c: c.closed_at or self.now, default=None)
        if case is None:
            self.cases.append(Case(turn, person, chat, tier, self.now, self.now, self.now))
            self._note(self.cases[-1], "opened")
            return
        again, worse = case.status in ("closed", "handed_back"), tier > case.tier
        if case.status == "closed":
            case.tier, case.outcome, case.closed_at = tier, None, None
            self._note(case, "reopened")
        case.tier, case.chat = max(case.tier, tier), chat
        if again:
            case.status, case.needed_at, case.lapsed = "open", self.now, False
        if again or (worse and case.status == "open"):
            case.since = self.now
        self._note(case, "risk")

    # A counsellor.

    def claim(self, case: Case, by: UUID) -> None:
        if case.status not in ("open", "handed_back"):
            raise Refused
        case.status, case.owner, case.lease = "claimed", by, self.now + LEASE
        case.fence, case.lapsed = case.fence + 1, False
        self._note(case, "claimed", by)

    def take_next(self, by: UUID) -> Case | None:
        waiting = self.order(self.staff[by])
        if waiting and sum(c.owner == by for c in self.cases) >= self.staff[by].cap:
            raise Refused
        if not waiting:
            return None
        self.claim(waiting[0], by)
        return waiting[0]

    def stay(self, case: Case, by: UUID, fence: int) -> None:
        self._sits(case, by, fence)
        if case.owner == by:
            case.lease = self.now + LEASE
        else:
            case.second_until = self.now + LEASE

    def take_over(self, case: Case, by: UUID, fence: int) -> None:
        self._has(case, by, fence)
        if case.status != "claimed":
            raise Refused
        case.status, case.lease, case.passed = "in_conversation", self.now + LEASE, None
        self._note(case, "took_over", by)
        self._tell(case, "took_over", by)

    def say(self, case: Case, by: UUID, fence: int, line: UUID, text: str) -> None:
        self._sits(case, by, fence)
        if case.status != "in_conversation" or self.said.setdefault(line, text) != text:
            raise Refused
        case.chat = self.latest[case.person]
        spoken = ("counsellor", text)
        if not any(spoken in lines for lines in self.chats.values()):  # every text of a test is used once
            self.chats[case.chat].append(spoken)

    def whisper(self, text: str) -> None:
        self.whispers.add(text)

    def draft(self, case: Case, by: UUID, fence: int, *, on: bool) -> None:
        self._has(case, by, fence)
        if case.status != "in_conversation":
            raise Refused
        if case.drafting != on:
            case.drafting = on
            self._note(case, "drafts_on" if on else "drafts_off", by)
            self._tell(case, "drafts_on" if on else "drafts_off", by)

    def join(self, case: Case, by: UUID) -> None:
        if case.status not in HELD or by == case.owner or (case.second is not None and not self._second_over(case)):
            raise Refused
        self._second_gone(case)
        case.second, case.second_until = by, self.now + LEASE
        self._note(case, "joined", by)
        self._tell(case, "joined", by)

    def leave(self, case: Case, by: UUID) -> None:
        if case.second != by:
            raise Refused
        self._left(case)

    def transfer(self, case: Case, by: UUID, fence: int, to: UUID) -> None:
        self._has(case, by, fence)
        if to == by or all(one.id != to for one in self.on_duty()):
            raise Refused
        beside = case.second == to and not self._second_over(case)
        if case.second is not None and not beside:
            self._left(case)
        case.owner, case.fence, case.second, case.second_until = to, case.fence + 1, None, None
        case.lease = self.now + (LEASE if beside else PASSED)
        if not beside:
            case.status, case.since, case.drafting, case.passed = "claimed", self.now, False, (to, self.now)
        self._note(case, "transferred", by)
        self._tell(case, "passed_on" if beside else "transferred", by, to)

    def hand_back(self, case: Case, by: UUID, fence: int) -> None:
        self._has(case, by, fence)
        case.nobody("handed_back")
        self._note(case, "handed_back", by)
        self._tell(case, "handed_back", by)

    def put_back(self, case: Case, by: UUID, fence: int) -> None:
        self._has(case, by, fence)
        case.nobody("open")
        case.since = self.now
        self._note(case, "released", by)
        self._tell(case, "released", by)

    def close(self, case: Case, by: UUID, fence: int, outcome: str) -> None:
        self._has(case, by, fence)
        self._tell(case, "closed" if case.status == "in_conversation" else "closed_unspoken", by)
        case.nobody("closed")
        case.outcome, case.closed_at = outcome, self.now
        self._note(case, "closed", by)

    # Time.

    def look(self, case: Case) -> None:
        """Somebody looks at the lease: who gave no sign of life has lost the case."""
        if case.status not in HELD or case.lease is None or case.lease > self.now:
            return
        gone, beside = case.owner, case.second
        self._note(case, "lapsed", gone)
        if beside is None or self._second_over(case):
            case.nobody("open")
            case.since, case.lapsed = self.now, True
            self._tell(case, "lapsed", gone)
            return
        case.owner, case.lease, case.fence = beside, self.now + LEASE, case.fence + 1
        case.second, case.second_until = None, None
        self._note(case, "stepped_in", beside)
        self._tell(case, "stepped_in", gone, beside)

    def sweep(self) -> None:
        for case in self.cases:
            self._second_gone(case)
        for case in self.cases:
            self.look(case)

    # Questions.

    def listed(self) -> list[Case]:
        """Those that are not closed, as the list of the console shows them."""
        live = [c for c in self.cases if c.status != "closed"]
        return sorted(live, key=lambda c: (PLACES[c.status], -c.tier, not c.lapsed, c.needed_at))

    def order(self, me: Staff) -> list[Case]:
        """Those that wait, the right one for this counsellor first."""

        def place(case: Case) -> tuple[object, ...]:
            due = case.needed_at + timedelta(seconds=LADDER["within"][LABELS[case.tier]])
            late = due <= self.now
            foreign = not late and self.locale[case.chat][:2] not in me.languages
            unknown = not late and "suicide" not in me.skills
            return (-case.tier, not case.lapsed, not late, foreign, unknown, due)

        return sorted((c for c in self.cases if c.status == "open"), key=place)

    def held(self, person: UUID) -> tuple[UUID, bool] | None:
        """The turn of the case in which somebody talks with the person, and whether the agent drafts."""
        case = self.live(person)
        return (case.turn, case.drafting) if case is not None and case.status == "in_conversation" else None

    def rungs(self, case: Case) -> list[tuple[str, timedelta]]:
        steps = [(whom, timedelta(seconds=after)) for whom, after in LADDER["rungs"][LABELS[case.tier]].items()]
        return [("supervisor", timedelta(0)), *steps] if case.lapsed else steps

    def due(self, case: Case, last: tuple[int, datetime, bool] | None, answered: list[datetime]) -> datetime:
        """When the alert after the last one (its step, its time, whether it failed) is due."""
        rungs, step = self.rungs(case), 0 if last is None else last[0] + 1
        if last is not None and last[2] and step < len(rungs):
            return last[1]
        if last is not None and step >= len(rungs):
            planned = last[1] + timedelta(seconds=LADDER["again"][LABELS[case.tier]])
        else:
            planned = case.since + rungs[step][1]
        return max([planned, *(at + timedelta(seconds=LADDER["grace"]) for at in answered)])

    def _second_over(self, case: Case) -> bool:
        return case.second_until is not None and case.second_until <= self.now

    def _second_gone(self, case: Case) -> None:
        if self._second_over(case):
            self._left(case)

    def _left(self, case: Case) -> None:
        gone, case.second, case.second_until = case.second, None, None
        self._note(case, "left", gone)
        self._tell(case, "left", gone)

    def _sits(self, case: Case, by: UUID, fence: int) -> None:
        beside = case.second == by and not self._second_over(case)
        if case.status not in HELD or not (beside or (case.owner == by and case.fence == fence)):
            raise Refused

    def _has(self, case: Case, by: UUID, fence: int) -> None:
        self._sits(case, by, fence)
        if case.owner != by:
            raise Refused

    def _note(self, case: Case, kind: str, by: UUID | None = None) -> None:
        case.events.append((self.now, kind, by))

    def _tell(self, case: Case, notice: str, name: UUID | None, other: UUID | None = None) -> None:
        case.chat = self.latest[case.person]
        names: Callable[[UUID | None], str] = lambda who: "" if who is None else self.staff[who].name  # noqa: E731
        words = NOTICES[notice].replace("{name}", names(name)).replace("{other}", names(other))
        self.chats[case.chat].append(("notice", words))
