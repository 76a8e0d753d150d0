"""Which drafts of the small model may be used. The bad ones are of kinds that it was seen to write."""

import numpy as np
import pytest

from agent.generation.relevance import fit, last_whole_sentence

SAID = "I had such a bad week. My exam is on Thursday and every time I open my notes I panic."
GOOD = (
    "It sounds like opening your notes brings the panic straight up, with the exam so near. "
    "What happens first when you open them?"
)


def alike(texts: list[str]) -> np.ndarray:
    return np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (len(texts), 1)) * 0.85


def unlike(texts: list[str]) -> np.ndarray:
    return np.eye(len(texts), dtype=np.float32)


def test_a_short_reflection_with_one_question_may_be_used() -> None:
    assert fit(GOOD, SAID, [], alike) == ""


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (
            "I'm glad to hear that you're having a tough week. What's been going on that makes it so hard for you?",
            "about_itself",
        ),
        ("It's completely normal that your week was hard for you. What has been going on with your exam?", "cheer"),
        ("Try to breathe and remember to stay calm before your exam. What do you think would help you?", "orders"),
        ("My exam was hard too and it made me sad. What is the worst part of your exam week?", "about_itself"),
        ("It sounds hard for you. What is it? What else is there about your exam?", "no_single_question"),
        ("It sounds like your exam is near and the panic is there for you every day.", "no_single_question"),
        ("Exams?", "length"),
        ("Every time I open my notes I panic is what was said, and what is it that you feel then?", "about_itself"),
        (
            "The week was bad and the exam is near and the panic comes up. What is the worst part of it?",
            "not_to_the_person",
        ),
    ],
)
def test_an_unfit_draft_is_refused_with_its_reason(draft: str, reason: str) -> None:
    assert fit(draft, SAID, [], alike) == reason


def test_a_draft_about_something_else_is_refused() -> None:
    assert fit(GOOD, SAID, [], unlike) == "off_topic"


def test_what_was_said_before_is_not_said_again() -> None:
    same = {GOOD: [1.0, 0.0], SAID: [0.6, 0.8]}
    embed = lambda texts: np.array([same[t] for t in texts], dtype=np.float32)  # noqa: E731
    assert fit(GOOD, SAID, [GOOD], embed) == "said_before"


def test_a_cut_off_tail_is_dropped() -> None:
    assert last_whole_sentence("That is hard. What is it? And then the") == "That is hard. What is it?"
    assert last_whole_sentence("no end") == ""
