"""A note of a talk says what it was about in the person's own words, and leaves out what was dangerous."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agent.domain.memory import MOST_NOTE
from agent.domain.risk import Tier
from agent.domain.turn import PastTurn
from agent.generation.composer import Composer
from agent.generation.looking_back import LEAST

COMPOSER = Composer.load()
TOPICS = sorted(COMPOSER.shelf.topics)


def turn(text: str, *pieces: str, tier: Tier = Tier.NONE) -> PastTurn:
    return PastTurn(text, "reply", tier, "listen", pieces=pieces)


EXAM = turn("I feel so scared", "topic.exam.ask/1")
SLEEP = turn("I'm tired", "walk.sleep_wind_down.steps/0")
PLAIN = turn("the bus was late", "generic_reflect/1")


def test_it_names_the_subject_what_was_felt_and_what_was_tried() -> None:
    note = COMPOSER.looking_back([EXAM, SLEEP, PLAIN])
    assert note == (
        "We wrote about the studying. You said that you felt so scared and that you were tired."
        " We tried winding down for the night."
    )


def test_a_short_talk_and_small_talk_leave_no_note() -> None:
    assert COMPOSER.looking_back([EXAM] * (LEAST - 1)) == ""
    assert COMPOSER.looking_back([PLAIN] * 8) == ""


def test_what_was_said_in_danger_is_not_in_it() -> None:
    heavy = turn("I feel hopeless", "topic.grief.ask/1", tier=Tier.HIGH)
    assert COMPOSER.looking_back([heavy, EXAM, SLEEP, PLAIN]) == COMPOSER.looking_back([EXAM, SLEEP, PLAIN])
    assert COMPOSER.looking_back([replace(t, tier=Tier.MODERATE) for t in (EXAM, SLEEP, PLAIN)]) == ""


feelings = st.sampled_from(["I feel so sad", "I'm scared and worn out", "it made me angry", "I miss my dad", "bus", ""])
pieces = st.sampled_from(TOPICS).map(lambda key: f"topic.{key}.ask/0")
turns = st.builds(turn, feelings, pieces)


@given(st.lists(turns, max_size=20))
def test_it_is_never_longer_than_a_note_and_asks_nothing(told: list[PastTurn]) -> None:
    note = COMPOSER.looking_back(told)
    assert len(note) <= MOST_NOTE
    assert "?" not in note
    assert '"' not in note
    assert bool(note) == (len(told[-12:]) >= LEAST)
