"""Whose words were sent is seen from the words alone."""

import pytest

from agent.domain.wording import wording

DRAFT = "That sounds like a lot to carry on your own. What was the hardest part of today?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DRAFT, "draft"),
        (DRAFT.replace(". ", ".\n\n"), "draft"),
        (DRAFT + " I am here.", "changed"),
        ("What was the hardest part of today?", "changed"),
        ("Ada here. that sounds like a lot to carry, on your own!", "changed"),
        (DRAFT.rstrip("?"), "changed"),
        ("Hello, I am Ada. I have read what you wrote.", "own"),
        ("I can hear how tired you are. Is somebody with you tonight? What was the plan for the evening?", "own"),
        ("today", "own"),
    ],
)
def test_a_draft_is_known_word_for_word_and_when_it_was_changed(text: str, expected: str) -> None:
    assert wording(text, ["Something else altogether.", DRAFT]) == expected


def test_where_nothing_was_drafted_all_words_are_the_counsellors_own() -> None:
    assert wording(DRAFT, []) == "own"
