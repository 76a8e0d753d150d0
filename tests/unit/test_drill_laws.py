"""Each law of the fault drill finds what breaks it, and nothing in a record in which all went well. No process runs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from agent.yaml_files import read_yaml
from evals.drill.journal import Heard, Journal, Notified, Seen, Sent, Wrote
from evals.drill.laws import NOBODY_ON_DUTY, ON_DUTY, PASSED_ON, UNSURE, broken
from evals.drill.record import AlertRow, CaseRow, EventRow, LineRow, Record, TurnRow

TURN, LATER, PERSON, TALK, CASE, ALERT, LINE = (uuid4() for _ in range(7))
ADA, BO = "ada@drill.example", "bo@drill.example"
SENT = datetime(2026, 11, 22, tzinfo=UTC)
TOLD = "I have put this conversation on the list, and someone is marked as on duty now."


def event(kind: str, at: float, actor: str | None = None, turn: UUID | None = None, tier: int = 3) -> EventRow:
    person, conversation = (PERSON, TALK) if turn is not None else (None, None)
    return EventRow(CASE, kind, turn, person, conversation, actor, tier, at, str(at))  # type: ignore[arg-type]


def notice(at: float) -> LineRow:
    return LineRow(uuid4(), CASE, TALK, "notice", at, str(at))


@pytest.fixture
def record() -> Record:
    """Danger at 10, told; Ada has it at 20, talks from 30 to 50, puts it back."""
    return Record(
        turns=(
            TurnRow(TURN, TALK, PERSON, "ANSWERED", "crisis", 10.2),
            TurnRow(LATER, TALK, PERSON, "ANSWERED", "relay", 40.2),
        ),
        events=(
            event("opened", 10.1, turn=TURN), event("paged", 11.0), event("claimed", 20.0, ADA),
            event("took_over", 30.0, ADA), event("released", 50.0, ADA),
        ),
        cases=(CaseRow(CASE, PERSON, "open", None, 1, degraded=False),),
        alerts=(AlertRow(ALERT, CASE, SENT, None, None),),
        lines=(notice(30.0), notice(50.0), LineRow(LINE, CASE, TALK, "counsellor", 35.0, "35.0")),
    )  # fmt: skip


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    with Journal(tmp_path / "journal.jsonl") as kept:
        danger = Sent(TURN, TALK, 3, False, 10.0, 10.05)
        danger.heard.append(Heard(10.3, "crisis", TOLD, committed=True))
        kept.turns = {TURN: danger, LATER: Sent(LATER, TALK, 0, False, 40.0, 40.1)}
        kept.wrote = [
            Wrote(ADA, "claim", CASE, None, 19.9, 20.1), Wrote(ADA, "stay", CASE, 1, 24.9, 25.1),
            Wrote(ADA, "take-over", CASE, 1, 29.9, 30.1), Wrote(ADA, "say", CASE, 1, 34.9, 35.1, LINE),
            Wrote(ADA, "release", CASE, 1, 49.9, 50.1),
        ]  # fmt: skip
        kept.notices = [
            Notified(ALERT, f"https://drill.example/counsellor/cases/{CASE}", 11.1, taken=True, signed=True)
        ]
        kept.seen = [Seen(TALK, "talking", 40.0, 40.1), Seen(TALK, "told", 15.0, 15.1)]
        kept._duty = {ADA: [(5.0, "on")]}
    return kept


def test_nothing_is_found_where_all_went_well(record: Record, journal: Journal) -> None:
    assert broken(record, journal) == []


Change = Callable[[Record, Journal], Record]


def _heard(text: str, at: float = 10.3, committed: bool | None = True) -> Change:
    def change(record: Record, journal: Journal) -> Record:
        journal.turns[TURN].heard = [Heard(at, "crisis", text, committed)]
        return record

    return change


def _wrote(*more: Wrote) -> Change:
    def change(record: Record, journal: Journal) -> Record:
        journal.wrote += more
        return record

    return change


def _events(*more: EventRow, without: str = "") -> Change:
    def change(record: Record, journal: Journal) -> Record:
        del journal
        kept = [e for e in record.events if e.kind != without]
        return replace(record, events=tuple(sorted([*kept, *more], key=lambda e: e.committed)))

    return change


def _first_turn(**other: object) -> Change:
    return lambda record, _: replace(record, turns=(replace(record.turns[0], **other), *record.turns[1:]))


def _notice(**other: object) -> Change:
    def change(record: Record, journal: Journal) -> Record:
        journal.notices = [replace(journal.notices[0], **other)]
        return record

    return change


def _off_duty(record: Record, journal: Journal) -> Record:
    journal._duty = {ADA: [(5.0, "off")]}
    return record


def _seen(state: str, at: float, names: tuple[str, ...] = (), *, on_duty: bool = True) -> Change:
    def change(record: Record, journal: Journal) -> Record:
        journal.seen = [Seen(TALK, state, at, at + 0.1, names, on_duty)]
        return record

    return change


def _asked_in_vain(record: Record, journal: Journal) -> Record:
    asked = uuid4()
    journal.turns[asked] = Sent(asked, TALK, 0, True, 60.0, 60.1)
    return replace(record, turns=(*record.turns, TurnRow(asked, TALK, PERSON, "ANSWERED", "composer", 60.2)))


BREAKS: dict[str, tuple[str, Change]] = {
    "an accepted turn is gone": ("turn_lost", lambda r, _: replace(r, turns=r.turns[:1])),
    "a turn waits for ever": ("not_answered", _first_turn(status="RECEIVED")),
    "a turn that nobody wrote": (
        "turn_invented",
        lambda r, _: replace(r, turns=(*r.turns, replace(r.turns[0], id=uuid4()))),
    ),
    "danger in no case": ("case_lost", _events(without="opened")),
    "danger taken lightly": ("case_lost", _events(event("opened", 10.1, turn=TURN, tier=1), without="opened")),
    "a turn is counted twice": ("duplicated", _events(event("risk", 12.0, turn=TURN))),
    "two cases of one person": (
        "duplicated",
        lambda r, _: replace(r, cases=(*r.cases, CaseRow(uuid4(), PERSON, "open", None, 0, degraded=False))),
    ),
    "the reply came before the case": ("before_case", _heard("Are you safe?", at=10.05)),
    "the case was not there when the reply came": ("before_case", _heard("Are you safe?", committed=False)),
    "said to be on the list too early": ("false_statement", _heard(TOLD, at=10.0)),
    "said to be told to nobody": ("false_statement", _heard("I could not pass this conversation on to anyone here.")),
    "said that somebody is on duty": ("false_statement", _off_duty),
    "said that nobody is on duty": (
        "false_statement",
        _heard("I have put this conversation on the list, but nobody is on duty"),
    ),
    "told before any notice went out": ("false_statement", _seen("told", 10.5)),
    "told though no channel took it": ("false_statement", _notice(taken=False)),
    "somebody is coming and nobody has answered": ("false_statement", _seen("coming", 15.0)),
    "the name of somebody who does not have it": ("false_statement", _seen("talking", 40.0, ("Bo",))),
    "shown that nobody is on duty": ("false_statement", _seen("told", 15.0, on_duty=False)),
    "who asked for a person is in no case": ("case_lost", _asked_in_vain),
    "shown as talking before": ("false_statement", _seen("talking", 25.0)),
    "shown as waiting while somebody talks": ("false_statement", _seen("told", 40.0)),
    "an alert marked as sent": ("said_sent", _notice(taken=False)),
    "a notice without an alert": ("notice_invented", _notice(id=uuid4())),
    "a notice about another case": ("notice_invented", _notice(link="https://drill.example/counsellor/cases/other")),
    "a notice that is not signed": ("notice_invented", _notice(signed=False)),
    "claimed twice": ("illegal", _events(event("claimed", 25.0, BO))),
    "the row says otherwise": (
        "illegal",
        lambda r, _: replace(r, cases=(replace(r.cases[0], status="claimed", owner=ADA),)),
    ),
    "a fence that did not grow": ("illegal", lambda r, _: replace(r, cases=(replace(r.cases[0], fence=0),))),
    "put back by somebody else": ("illegal", _events(event("released", 50.0, BO), without="released")),
    "a claim that left no trace": ("write_lost", _wrote(Wrote(BO, "claim", CASE, None, 60.0, 60.1))),
    "words that left no trace": ("write_lost", _wrote(Wrote(ADA, "say", CASE, 1, 36.0, 36.1, uuid4()))),
    "a stay of somebody else": ("fence", _wrote(Wrote(BO, "stay", CASE, 1, 25.0, 25.1))),
    "a stay after it was put back": ("fence", _wrote(Wrote(ADA, "stay", CASE, 1, 55.0, 55.1))),
    "words before the take-over": ("fence", _wrote(Wrote(ADA, "say", CASE, 1, 25.0, 25.1, LINE))),
    "the agent talks on": (
        "two_voices",
        lambda r, _: replace(r, turns=(r.turns[0], replace(r.turns[1], origin="authored"))),
    ),
    "silence and nobody there": (
        "silence",
        lambda r, _: replace(r, turns=(r.turns[0], replace(r.turns[1], replied=60.0))),
    ),
    "a change of hands is not told": ("not_told", lambda r, _: replace(r, lines=r.lines[1:])),
    "a notice and no change": ("false_statement", lambda r, _: replace(r, lines=(*r.lines, notice(45.0)))),
    "an entry left in the spool": ("spool_left", lambda r, _: replace(r, spool=("x.sealed",))),
}


@pytest.mark.parametrize("what", BREAKS)
def test_what_breaks_a_law_is_found(what: str, record: Record, journal: Journal) -> None:
    law, change = BREAKS[what]
    assert law in {v.law for v in broken(change(record, journal), journal)}


def test_what_the_laws_look_for_are_the_words_that_the_product_says() -> None:
    words = read_yaml(files("agent.safety").joinpath("data/crisis_replies.yaml"))["told_sentences"]
    listed = {name for name, said in words.items() if PASSED_ON.search(said)}
    assert listed == {name for name in words if name.startswith("case_open_")}
    assert {name for name, said in words.items() if UNSURE.search(said)} == {"not_stored"}
    assert {name for name, said in words.items() if ON_DUTY.search(said)} == {
        "case_open_on_duty",
        "case_open_on_duty_again",
    }
    nobody = {name for name, said in words.items() if NOBODY_ON_DUTY.search(said.replace("on\\ duty", "on duty"))}
    both = {"case_open_nobody_on_duty", "case_open_nobody_until"}
    assert nobody == {*both, *(f"{name}_again" for name in both)}
