"""What a turn makes of an exercise, and by what words one is asked for."""

import pytest

from agent.care.exercises import load
from agent.care.in_chat import asked_for, begun, number_of, step_of, unfinished
from agent.domain.exercise import Practice


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("can you do a thought record with me", "thought_record"), ("Let's try box breathing", "box_breathing"),
        ("please guide me through a body scan", "body_scan"), ("I'd like to do the 54321", "grounding_54321"),
        ("could we do a breathing exercise", "breathing_slow"), ("show me a grounding exercise", "grounding_54321"),
        ("i want to start a sleep diary", "sleep_diary"), ("can we do worry time again", "worry_time"),
        ("teach me urge surfing", "urge_surfing"), ("can we do three good things", "gratitude"),
    ],
)  # fmt: skip
def test_an_exercise_is_asked_for_by_its_name(said: str, key: str) -> None:
    found = asked_for(said)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "said",
    [
        "my therapist gave me a thought record and I hated it",
        "the body scan at hospital showed nothing",
        "grounding is what my dad called it when we were locked in",
        "I can't breathe",
        "",
    ],
)
def test_to_speak_of_one_is_not_to_ask_for_it(said: str) -> None:
    assert asked_for(said) is None


def test_the_first_step_begins_and_an_unknown_one_is_no_step() -> None:
    assert begun(("walk_start/1", "walk.values.steps/0")) == Practice("values")
    assert begun(("walk.values.steps/1",)) is None
    assert step_of(("walk.levitation.steps/0",)) is None


def test_what_an_older_version_had_and_this_one_has_not_is_no_step_and_breaks_nothing() -> None:
    assert step_of(("walk.values.steps/99",)) is None
    assert unfinished([Practice("levitation")]) is None
    assert number_of(Practice("values", at=99)) == len(load()["values"].steps) - 1


def test_the_chat_counts_all_steps_whatever_the_page_left_out() -> None:
    gently = Practice("thought_record", "gentle", "put_away", at=2)
    assert number_of(gently) == load()["thought_record"].steps_at("gentle")[2] == 3
    assert unfinished([Practice("values", state="finished"), gently]) == gently
