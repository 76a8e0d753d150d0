"""The laws that no fault may break, each a function of what the driver saw and what stands in the database.

A new invariant is one more function in ``LAWS``. A law is named by what was broken: ``case_lost`` found is a case lost.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from agent.storage.repositories.case_record import EventKind
from evals.drill.journal import Heard, Journal, Seen, Sent, Wrote
from evals.drill.lives import FOREVER, Hands, Life, lives
from evals.drill.record import EventRow, Record

#: What a reply claims. The words are the product's (``agent/safety/data/crisis_replies.yaml``), the last ones those
#: that it used until this drill found them to be false now and then.
PASSED_ON: Final = re.compile(r"I have put this conversation on the list|This conversation is still on the list")
NOT_PASSED_ON: Final = re.compile(r"I could not pass (this conversation|that) on")
#: What it says when it cannot know: the only crisis reply that may come before its case.
UNSURE: Final = re.compile(r"I can't be sure right now that anyone here will see")
ON_DUTY: Final = re.compile(r"someone is marked as on duty now")
NOBODY_ON_DUTY: Final = re.compile(r"nobody is on duty")
#: The event that an accepted write leaves.
LEAVES: Final[dict[str, EventKind]] = {
    "claim": "claimed", "take-over": "took_over", "hand-back": "handed_back", "transfer": "transferred",
    "release": "released", "close": "closed", "join": "joined", "leave": "left",
}  # fmt: skip
#: Changes of hands that the person is told of.
TOLD: Final = frozenset(
    {"took_over", "joined", "left", "stepped_in", "transferred", "handed_back", "released", "lapsed", "closed"}
)
#: What the page shows, and what the record calls it.
SHOWN: Final = {"claimed": "has it", "in_conversation": "talks"}
SHOWN_AS: Final = {"taken": "has it", "talking": "talks"}
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
        # Whoever asks for a person while one talks with them has what they ask for.
        wants = sent is not None and (sent.tier or (sent.asks and row.origin != "relay"))
        if sent is not None and wants and not any(e.tier >= sent.tier for e in events):
            yield Violation("case_lost", f"turn {row.id} of tier {sent.tier} is in no case")
        if len(events) > 1:
            yield Violation("duplicated", f"turn {row.id} is counted {len(events)} times")
        if any(person_of.get(e.case_id) != row.person_id for e in events):
            yield Violation("case_lost", f"turn {row.id} is in the case of somebody else")


def one_case_each(record: Record, journal: Journal) -> Iterator[Violation]:
    """A person has one case, opened once, and only if they wrote something dangerous or asked for a person.

    A case of somebody whose message could not be read in time is marked as such: caution, not invention.
    """
    for person, count in Counter(c.person_id for c in record.cases).items():
        if count > 1:
            yield Violation("duplicated", f"person {person} has {count} cases")
    for case, count in Counter(e.case_id for e in record.events if e.kind == "opened").items():
        if count > 1:
            yield Violation("duplicated", f"case {case} was opened {count} times")
    wrote = ((t.person_id, journal.turns[t.id]) for t in record.turns if t.id in journal.turns)
    reason = {person for person, turn in wrote if turn.tier or turn.asks}
    for one in record.cases:
        if one.person_id not in reason and not one.degraded:
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
    excused = heard.origin in {"relay", "fallback"} or not_said or UNSURE.search(heard.text)
    if turn.tier and not known and not excused:
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
    """What is marked as sent was taken by a channel; what came in is one of our alerts, signed, and says only where."""
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
    told = lives(record.events)
    for case in record.cases:
        life = told.get(case.id, Life([Hands(0.0, FOREVER)]))
        yield from (Violation("illegal", f"case {case.id}: {wrong}") for wrong in life.wrong)
        last = life.hands[-1]
        stands, says = (case.status, case.owner, case.fence), (last.status, last.owner, last.fence)
        if stands != says and not life.wrong:
            yield Violation("illegal", f"case {case.id} is {stands}, its record says {says}")


def one_owner_at_a_time(record: Record, journal: Journal) -> Iterator[Violation]:
    """What answered yes was done, by whoever had the case at that moment and under the newest fence."""
    told = lives(record.events)
    done: dict[tuple[UUID, str], list[EventRow]] = defaultdict(list)
    for event in record.events:
        done[event.case_id, event.kind].append(event)
    for write in journal.wrote:
        life = told.get(write.case, Life())
        kind, what = LEAVES.get(write.move), f"case {write.case}: {write.move} by {write.who} under {write.fence}"
        if kind is None:
            if write.move in {"stay", "say"} and not any(_sits(write, h) for h in life.hands):
                yield Violation("fence", f"{what}: the case is not theirs")
            continue
        mine = [e for e in done[write.case, kind] if e.actor == write.who and _during(write, e)]
        if not mine:
            yield Violation("write_lost", f"{what}: it is not on record")
        elif write.fence is not None and all((h := life.before(e)) and h.fence != write.fence for e in mine):
            yield Violation("fence", f"{what}: there is a newer one")


def _sits(write: Wrote, hands: Hands) -> bool:
    """Whether this hand may write: the owner under this fence, or the one beside them."""
    talks = write.move != "say" or hands.status == "in_conversation"
    theirs = (hands.owner == write.who and hands.fence == write.fence) or hands.second == write.who
    return talks and theirs and hands.during(write.begun - _TINY, write.ended + _TINY)


def _during(write: Wrote, event: EventRow) -> bool:
    return write.begun - _TINY <= event.committed <= write.ended + _TINY


def one_voice(record: Record, journal: Journal) -> Iterator[Violation]:
    """While a counsellor talks the agent says nothing; while none does, silence is no answer. Words are kept once."""
    told, case_of = lives(record.events), {c.person_id: c.id for c in record.cases}
    for turn in record.turns:
        if turn.replied is None:
            continue
        life = told.get(case_of.get(turn.person_id, turn.id), Life())
        talking = any(h.status == "in_conversation" and h.begun < turn.replied < h.ended for h in life.hands)
        if talking and turn.origin != "relay":
            yield Violation("two_voices", f"turn {turn.id}: {turn.origin} words while a counsellor talks")
        if turn.origin == "relay" and not talking:
            yield Violation("silence", f"turn {turn.id}: no words, and no counsellor talks")
    written = {x.id: x for x in record.lines if x.kind == "counsellor"}
    for write in journal.wrote:
        if write.move == "say" and write.line not in written:
            yield Violation("write_lost", f"line {write.line} by {write.who} is gone")


def changes_are_told(record: Record, journal: Journal) -> Iterator[Violation]:
    """Each change of hands and its notice are one commit, and there is no notice of anything else."""
    del journal
    notices = {(x.case_id, x.transaction) for x in record.lines if x.kind == "notice"}
    due: set[tuple[UUID, str]] = set()
    for event in record.events:
        place = (event.case_id, event.transaction)
        if event.kind in TOLD:
            due.add(place)
    for case, transaction in due - notices:
        yield Violation("not_told", f"case {case}: hands changed in {transaction} and the person was not told")
    for case, transaction in notices - due:
        yield Violation("false_statement", f"case {case}: a notice in {transaction}, and no hands changed")


def hands_are_shown(record: Record, journal: Journal) -> Iterator[Violation]:
    """What the person's page shows of who is here was so while it was asked for."""
    told = lives(record.events)
    person_of = {t.conversation_id: t.person_id for t in record.turns}
    case_of = {c.person_id: c.id for c in record.cases}
    for seen in journal.seen:
        person = person_of.get(seen.conversation)
        life = told.get(case_of.get(person, seen.conversation), Life()) if person else Life()
        then = [h for h in life.hands if h.during(seen.begun - _TINY, seen.ended + _TINY)]
        right = {SHOWN.get(h.status, "nobody here") for h in then} or {"nobody here"}
        what = f"conversation {seen.conversation}: shown {seen.state}"
        if SHOWN_AS.get(seen.state, "nobody here") not in right:
            yield Violation("false_statement", f"{what}, was {right}")
        shown = {f"{name.lower()}@drill.example" for name in seen.names}
        if then and not any(shown <= {h.owner, h.second} for h in then):
            yield Violation("false_statement", f"{what} with {sorted(shown)}, who did not have it")
        duty = journal.duty_between(seen.begun - _TINY, seen.ended + _TINY)
        if (seen.on_duty and all(d == "off" for d in duty)) or (not seen.on_duty and "on" in duty):
            yield Violation("false_statement", f"{what}, somebody on duty: {seen.on_duty}, which was not so")
        case = case_of.get(person) if person else None
        if seen.state in {"told", "coming"} and not _reached(record, journal, case, seen):
            yield Violation("false_statement", f"{what}, which nobody was")


def _reached(record: Record, journal: Journal, case: UUID | None, seen: Seen) -> bool:
    """Whether a notice about the case had been taken by then; for "coming", whether somebody had answered one."""
    if seen.state == "told":
        return any(n.taken and n.link.endswith(f"/cases/{case}") and n.at <= seen.ended for n in journal.notices)
    said = any(w.case == case and w.move in {"coming", "claim"} and w.begun <= seen.ended for w in journal.wrote)
    # An answer whose own reply was lost stands in the record alone.
    return said or any(a.case_id == case and a.acknowledged_at is not None for a in record.alerts)


def duty_is_true(record: Record, journal: Journal) -> Iterator[Violation]:
    """A reply says that somebody is on duty, or that nobody is, only when that may have been so."""
    del record
    for turn in journal.turns.values():
        for heard in turn.heard:
            somebody, nobody = ON_DUTY.search(heard.text), NOBODY_ON_DUTY.search(heard.text)
            if somebody and all(d == "off" for d in journal.duty_between(turn.sent_at, heard.first_at)):
                yield Violation("false_statement", f"turn {turn.row}: said that somebody is on duty, nobody was")
            if nobody and any(d == "on" for d in journal.duty_between(turn.sent_at, heard.first_at)):
                yield Violation("false_statement", f"turn {turn.row}: said that nobody is on duty, somebody was")


def nothing_is_left(record: Record, journal: Journal) -> Iterator[Violation]:
    """No spool entry waits, none was put aside, and nobody was answered with something odd."""
    for name in record.spool:
        yield Violation("spool_left", name)
    for what, count in Counter(journal.odd).items():
        yield Violation("odd_answer", f"{count} times: {what}")


LAWS: Final = (
    turns_are_kept, danger_has_its_case, one_case_each, words_are_true, alerts_are_real, life_is_legal,
    one_owner_at_a_time, one_voice, changes_are_told, hands_are_shown, duty_is_true, nothing_is_left,
)  # fmt: skip


def broken(record: Record, journal: Journal) -> list[Violation]:
    """Every violation of every law."""
    return [violation for law in LAWS for violation in law(record, journal)]
