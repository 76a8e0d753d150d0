"""The laws that no fault may break, each a function of what the driver saw and what stands in the database.

A new invariant is one more function in ``LAWS``. A law is named by what was broken: ``case_lost`` found is a case lost.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from agent.domain.escalation import CaseStatus, Happening, after
from agent.errors import Conflict
from evals.drill.journal import Heard, Journal, Sent, Wrote
from evals.drill.record import EventRow, Record

#: What a reply claims. The words are the product's (``agent/safety/data/crisis_replies.yaml``).
PASSED_ON: Final = re.compile(r"I have put this conversation on the list")
NOT_PASSED_ON: Final = re.compile(r"I could not pass this conversation on")
HAPPENS: Final[dict[str, Happening]] = {
    "risk": "risk", "claimed": "claim", "released": "release", "lapsed": "lapse", "closed": "close",
}  # fmt: skip
ENDS: Final = frozenset({"released", "lapsed", "closed"})
#: Between two clocks that are one clock: the time it takes to look at it.
_TINY: Final = 0.01


@dataclass(frozen=True, slots=True)
class Violation:
    """A law that was broken, and how."""

    law: str
    what: str


def turns_are_kept(record: Record, journal: Journal) -> Iterator[Violation]:
    """What was accepted is there once, is answered once, and nothing else is there."""
    rows = {t.id: t for t in record.turns}
    for turn in journal.turns.values():
        row = rows.get(turn.row)
        if row is None and turn.accepted_at is not None:
            yield Violation("turn_lost", f"turn {turn.row} was accepted and is gone")
        if row is not None and (row.status != "ANSWERED" or row.replied is None):
            yield Violation("not_answered", f"turn {turn.row} is {row.status}")
    for lost in rows.keys() - journal.turns.keys():
        yield Violation("turn_invented", f"nobody wrote turn {lost}")


def danger_has_its_case(record: Record, journal: Journal) -> Iterator[Violation]:
    """Each dangerous turn is in the case of its own person, as grave as it was."""
    heard: dict[UUID, list[EventRow]] = defaultdict(list)
    for event in record.events:
        if event.turn_id is not None and event.kind in {"opened", "risk"}:
            heard[event.turn_id].append(event)
    person_of = {c.id: c.person_id for c in record.cases}
    for row in record.turns:
        sent = journal.turns.get(row.id)
        events = heard[row.id]
        if sent is not None and sent.tier and not any(e.tier >= sent.tier for e in events):
            yield Violation("case_lost", f"turn {row.id} of tier {sent.tier} is in no case")
        if len(events) > 1:
            yield Violation("duplicated", f"turn {row.id} is counted {len(events)} times")
        if any(person_of.get(e.case_id) != row.person_id for e in events):
            yield Violation("case_lost", f"turn {row.id} is in the case of somebody else")


def one_case_each(record: Record, journal: Journal) -> Iterator[Violation]:
    """A person has one case, opened once, and only if they wrote something dangerous."""
    for person, count in Counter(c.person_id for c in record.cases).items():
        if count > 1:
            yield Violation("duplicated", f"person {person} has {count} cases")
    for case, count in Counter(e.case_id for e in record.events if e.kind == "opened").items():
        if count > 1:
            yield Violation("duplicated", f"case {case} was opened {count} times")
    dangerous = {t.person_id for t in record.turns if t.id in journal.turns and journal.turns[t.id].tier}
    for one in record.cases:
        if one.person_id not in dangerous:
            yield Violation("case_invented", f"case {one.id}: its person wrote nothing dangerous")


def words_are_true(record: Record, journal: Journal) -> Iterator[Violation]:
    """The case is committed before the first byte of a crisis reply, and what a reply claims held when it was given."""
    own = {e.turn_id: e.committed for e in record.events if e.turn_id is not None and e.kind in {"opened", "risk"}}
    begun: dict[UUID, float] = {}
    for event in record.events:
        if event.conversation_id is not None and event.kind in {"opened", "risk"}:
            begun.setdefault(event.conversation_id, event.committed)
    written = {t.id: t.replied for t in record.turns}
    for turn in journal.turns.values():
        for heard in turn.heard:
            yield from _true(turn, heard, own.get(turn.row), begun.get(turn.conversation), written.get(turn.row))


def _true(
    turn: Sent, heard: Heard, own: float | None, begun: float | None, written: float | None
) -> Iterator[Violation]:
    said, not_said = PASSED_ON.search(heard.text), NOT_PASSED_ON.search(heard.text)
    known = own is not None and own <= heard.first_at + _TINY and heard.committed is not False
    if turn.tier and heard.origin == "crisis" and not known and not not_said:
        yield Violation("before_case", f"turn {turn.row}: its reply came at {heard.first_at:.3f}, its case {own}")
    if said and not (known or (begun is not None and begun <= heard.first_at)):
        yield Violation("false_statement", f"turn {turn.row}: said to be on the list, which it was not")
    # A stored reply is as old as its commit: what came later it could not know.
    spoken = min(heard.first_at, written) if written is not None else heard.first_at
    if not_said and own is not None and own < spoken:
        gap = spoken - own
        yield Violation("false_statement", f"turn {turn.row}: said to be passed on to nobody, {gap:.3f} s after it was")
    if not_said and begun is not None and begun < turn.sent_at:
        yield Violation("false_statement", f"turn {turn.row}: said to be passed on to nobody; it was before this turn")


def alerts_are_real(record: Record, journal: Journal) -> Iterator[Violation]:
    """What is marked as sent was taken by a channel; what came in belongs to an alert, is signed and says only where."""
    taken = {n.id for n in journal.notices if n.taken}
    came = {n.id for n in journal.notices}
    alerts = {a.id: a for a in record.alerts}
    for alert in record.alerts:
        if alert.sent_at is not None and alert.id not in taken:
            yield Violation("said_sent", f"alert {alert.id} is marked as sent and no channel took it")
    for notice in journal.notices:
        known = alerts.get(notice.id)
        if known is None or not notice.signed or not notice.link.endswith(f"/cases/{known.case_id}"):
            yield Violation("notice_invented", f"notice {notice.id} is not one of ours")
    if came - alerts.keys():
        yield Violation("notice_invented", f"{len(came - alerts.keys())} notices without an alert")


def life_is_legal(record: Record, journal: Journal) -> Iterator[Violation]:
    """The events of a case, replayed, are possible one after the other and end in what its row says."""
    del journal
    told: dict[UUID, list[EventRow]] = defaultdict(list)
    for event in record.events:
        told[event.case_id].append(event)
    for case in record.cases:
        status: CaseStatus = "open"
        owner: str | None = None
        try:
            for event in told[case.id]:
                if event.kind not in HAPPENS:
                    continue
                status = after(status, HAPPENS[event.kind])
                if event.kind in ENDS and event.actor != owner:
                    yield Violation("fence", f"case {case.id}: {event.kind} by {event.actor}, held by {owner}")
                owner = event.actor if event.kind == "claimed" else None if event.kind in ENDS else owner
        except Conflict as error:
            yield Violation("illegal", f"case {case.id}: {event.kind} while {status}: {error.reason}")
            continue
        if (status, owner) != (case.status, case.owner):
            stands = f"{case.status}/{case.owner}"
            yield Violation("illegal", f"case {case.id} is {stands}, its record says {status}/{owner}")


def one_owner_at_a_time(record: Record, journal: Journal) -> Iterator[Violation]:
    """Fences grow by one with every claim, and what answered yes was done, under the newest one."""
    hands: dict[UUID, list[EventRow]] = defaultdict(list)
    for event in record.events:
        if event.kind == "claimed" or event.kind in ENDS:
            hands[event.case_id].append(event)
    for case in record.cases:
        claims = sum(e.kind == "claimed" for e in hands[case.id])
        if case.fence != claims:
            yield Violation("fence", f"case {case.id} was claimed {claims} times, its fence is {case.fence}")
    for write in journal.wrote:
        if write.move in _BACKED:
            yield from _BACKED[write.move](write, hands[write.case])


def _claimed(write: Wrote, hands: list[EventRow]) -> Iterator[Violation]:
    if not any(e.kind == "claimed" and e.actor == write.who and _during(write, e) for e in hands):
        yield Violation("write_lost", f"case {write.case}: {write.who} was given it, and no claim is on record")


def _ended(write: Wrote, hands: list[EventRow]) -> Iterator[Violation]:
    claim, end = _span(write, hands)
    kind = "released" if write.move == "release" else "closed"
    if claim is None or claim.actor != write.who or (end is not None and not _during(write, end)):
        yield Violation("fence", f"case {write.case}: {write.move} by {write.who} under {write.fence} was accepted")
    elif end is None or (end.kind, end.actor) != (kind, write.who):
        yield Violation("write_lost", f"case {write.case}: {write.move} by {write.who} is not on record")


def _stayed(write: Wrote, hands: list[EventRow]) -> Iterator[Violation]:
    claim, end = _span(write, hands)
    if claim is None or claim.actor != write.who or (end is not None and end.committed < write.begun - _TINY):
        yield Violation("fence", f"case {write.case}: {write.who} stayed under fence {write.fence} after it was lost")


def _span(write: Wrote, hands: list[EventRow]) -> tuple[EventRow | None, EventRow | None]:
    """The claim of a fence and what ended it."""
    places = [i for i, e in enumerate(hands) if e.kind == "claimed"]
    if write.fence is None or not 0 < write.fence <= len(places):
        return None, None
    at = places[write.fence - 1]
    return hands[at], next((e for e in hands[at + 1 :] if e.kind in ENDS), None)


def _during(write: Wrote, event: EventRow) -> bool:
    return write.begun - _TINY <= event.committed <= write.ended + _TINY


_BACKED: Final[dict[str, Callable[[Wrote, list[EventRow]], Iterator[Violation]]]] = {
    "claim": _claimed, "release": _ended, "close": _ended, "stay": _stayed,
}  # fmt: skip


def nothing_is_left(record: Record, journal: Journal) -> Iterator[Violation]:
    """No spool entry waits, none was put aside, and nobody was answered with something odd."""
    for name in record.spool:
        yield Violation("spool_left", name)
    for what, count in Counter(journal.odd).items():
        yield Violation("odd_answer", f"{count} times: {what}")


LAWS: Final = (
    turns_are_kept, danger_has_its_case, one_case_each, words_are_true, alerts_are_real, life_is_legal,
    one_owner_at_a_time, nothing_is_left,
)  # fmt: skip


def broken(record: Record, journal: Journal) -> list[Violation]:
    """Every violation of every law."""
    return [violation for law in LAWS for violation in law(record, journal)]
