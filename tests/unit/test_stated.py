"""A feeling that is stated is said back in the person's own words, and nothing is that they did not state."""

import pytest

from agent.generation.composer_stated import stated


@pytest.mark.parametrize(
    ("said", "clause"),
    [
        ("i'm so anxious my hands go cold", "you're so anxious"),
        ("I was terrified, I got off early", "you were terrified"),
        ("it made me so sad I had to go out", "it made you so sad"),
        ("He makes me feel small and that makes me furious", "it made you furious"),
        ("I feel lost and sad", "you feel lost and sad"),
        ("just sad, for no reason", "you're sad"),
        ("feel a bit useless to be honest", "you feel a bit useless"),
        ("I’m scared to open letters", "you're scared"),
        ("it's lonely, weekends most of all", "it's lonely"),
        ("I miss my mother and my street", "you miss your mother and your street"),
        ("I'm dreading it", "you're dreading it"),
        ("I was fine. Now I'm angry.", "you're angry"),
    ],
)
def test_it_is_turned_to_the_person(said: str, clause: str) -> None:
    found = stated(said)
    assert found is not None
    assert (found.clause, found.glad) == (clause, False)


@pytest.mark.parametrize("said", ["I'm useless", "i am worthless", "im stupid", "I was so weak"])
def test_a_verdict_on_oneself_is_only_ever_something_felt(said: str) -> None:
    found = stated(said)
    assert found is not None
    assert found.clause.startswith(("you feel ", "you felt "))


@pytest.mark.parametrize(
    "said",
    [
        "I'm not angry", "are you angry?", "he's angry", "I'm happy to wait", "I'm tired of you", "I was never sad",
        "I can't calm down", "a sad-looking dog", "", "she made him furious",
    ],
)  # fmt: skip
def test_nothing_is_put_into_anybodys_mouth(said: str) -> None:
    assert stated(said) is None


def test_gladness_is_told_from_the_rest() -> None:
    found = stated("but i'm relieved too, it's out")
    assert found is not None
    assert found.glad
