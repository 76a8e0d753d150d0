"""What is noted of a message: the person's own clause, shy of everything that could hurt when it is said back."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from agent.care.remember import fresh, notes_in, noticed, to_come_back_to
from agent.domain.memory import Note

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HERE = uuid4()


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("my sister Anna rang about the house", ("person", "my sister Anna")),
        ("Priya, my flatmate, is away", ("person", "Priya, my flatmate")),
        ("walking by the canal always helps me", ("helped", "walking by the canal always helps me")),
        ("What helps is a hot bath and the radio.", ("helped", "What helps is a hot bath and the radio")),
        ("I'd like to learn to drive this year", ("goal", "I'd like to learn to drive this year")),
        ("My goal is to run five kilometres in spring", ("goal", "My goal is to run five kilometres in spring")),
    ],
)
def test_it_is_noted_in_their_own_words(said: str, noted: tuple[str, str]) -> None:
    assert noticed(said) == (noted,)


@pytest.mark.parametrize(
    "said",
    [
        "my dog Bruno died", "my mum Ruth hits me", "I lost my brother Tom in April", "I want to kill my brother Tom",
        "drinking helps me sleep", "what helps is a few beers", "nothing helps me", "I want to disappear",
        "I want to find a way to end it", "my dad May be late", "my mum I don't know", "I want to go home",
        "I'd like to die", "I hope to become thin", "not eating helps me feel calm", "",
    ],
)  # fmt: skip
def test_what_would_hurt_or_harm_said_back_is_left(said: str) -> None:
    assert noticed(said) == ()


def note(
    kind: str = "person", days: float = 3, used: float | None = None, where: UUID | None = None, text: str = "x"
) -> Note:
    at = NOW - timedelta(days=days)
    return Note(uuid4(), kind, text, at, NOW - timedelta(days=used) if used is not None else None, where)


def test_a_note_rests_before_it_is_come_back_to_and_after() -> None:
    for resting in (note(days=0.1), note(used=2), note(where=HERE), note(kind="helped")):
        assert to_come_back_to([resting], ("person", "goal"), HERE, NOW) is None
    older, newer = note(days=9), note(days=2)
    assert to_come_back_to([older, newer], ("person",), HERE, NOW) == newer
    again = note(used=8)
    assert to_come_back_to([again], ("person",), HERE, NOW) == again


def test_what_is_there_is_not_noted_again() -> None:
    have = [note(text="My sister Anna")]
    assert fresh(have, (("person", "my sister anna"), ("goal", "run"))) == (("goal", "run"),)


def test_the_pieces_of_a_reply_tell_which_notes_it_used() -> None:
    one = uuid4()
    assert notes_in(("look_back_hello/1", f"note/{one}", "note_person/0")) == (one,)
