"""Short answers to the question whether there is a plan."""

import pytest

from agent.domain.risk import Tier
from agent.safety.hints import Hints

HINTS = Hints.load()
PLAN = "Have the thoughts turned into any kind of plan?"


@pytest.mark.parametrize(
    "words",
    ["yes", "I do", "I have.", "I am", "sort of", "I have not decided", "I am not sure", "I have not yet", "Maybe"],
)
def test_whatever_is_not_a_no_to_the_question_of_a_plan_counts_as_a_yes(words):
    assert HINTS.answers_yes(words, PLAN) is Tier.HIGH


@pytest.mark.parametrize(
    "words",
    ["I am fine.", "I am ok", "I am all right", "I do not", "I don't", "I have no plan", "I haven't", "I am not", "no"],
)
def test_being_fine_or_having_no_plan_is_no_yes_to_it(words):
    assert HINTS.answers_yes(words, PLAN) is Tier.NONE


def test_a_yes_to_anything_else_is_no_yes_to_a_plan():
    assert HINTS.answers_yes("yes", "Did you sleep last night?") is Tier.NONE
