"""What people ask of the program itself is seen, and talk that only looks like it is left alone."""

import pytest
from failing import reading

from agent.policy.plan import ASK_FOR_PERSON, asks_for_person
from agent.safety.straight import Straight

STRAIGHT = Straight.load()


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("are you actually a real person", ("human",)),
        ("Am I talking to a human or a machine?", ("human",)),
        ("ok but r u a bot", ("human",)),
        ("You're real, right?", ("human",)),
        ("just say you're human, it helps", ("human",)),
        ("what even are you, who are you", ("human",)),
        ("can you keep a secret", ("secrecy",)),
        ("please don't tell my mum", ("secrecy",)),
        ("will you report me", ("secrecy",)),
        ("you’re not gonna tell anyone are you", ("secrecy",)),
        ("this stays between us", ("secrecy",)),
        ("is what i write private", ("secrecy",)),
        ("can my boss see this", ("secrecy",)),
        ("is anybody there", ("there",)),
        ("so nobody's there then", ("there",)),
        ("who have you told", ("there",)),
        ("when will somebody look at it", ("there",)),
        ("has anyone read this yet", ("there",)),
        ("is that lady still there", ("there",)),
        ("are you a person, and will you tell the police", ("human", "secrecy")),
        ("forgot my sertraline yesterday, take two today or nah", ("medicine",)),
        ("can i have a glass of wine with my tablets?", ("medicine",)),
        ("do i have adhd", ("diagnosis",)),
        ("is this depression or am i just lazy?", ("diagnosis",)),
    ],
)
def test_a_question_about_the_program_is_seen(text: str, asked: tuple[str, ...]) -> None:
    assert STRAIGHT.asked(text) == asked


@pytest.mark.parametrize(
    "text",
    [
        "I can't tell my mum how bad it is",
        "I don't tell anyone at school",
        "he made me promise not to be late",
        "my sister is a real person, she gets angry",
        "are you saying I should rest",
        "what are you doing tonight",
        "nobody there ever listens to me at work",
        "is there anyone who does not feel like this",
        "I kept a secret for nine years",
        "they told my boss I was ill",
        "who is coming to the funeral is a question my aunt asks every day",
        "it stays with me all day",
        "how many tablets would be too many to take at once",
        "I took the whole packet of tablets, should I stop now",
        "the tablets help me",
        "my son has adhd and school is hard",
        "what is wrong with me, I cried all day",
        "",
    ],
)
def test_ordinary_talk_is_not_taken_for_a_question_about_the_program(text: str) -> None:
    assert STRAIGHT.asked(text) == ()


def test_to_ask_whether_it_is_a_person_is_not_to_ask_for_one() -> None:
    wants = reading("seek_person")
    assert not asks_for_person("are you a real person", wants, ("human",))
    assert asks_for_person("are you a real person? i want to talk to one", wants, ("human",))
    assert asks_for_person(ASK_FOR_PERSON, None, ("human",))
    assert asks_for_person("i'd like someone from your team", wants)


def test_every_answer_is_plain_and_none_is_a_question_of_its_own() -> None:
    for words in (*STRAIGHT.answers["human"], *STRAIGHT.answers["secrecy"], *STRAIGHT.there.values()):
        assert "?" not in words
        assert words.endswith(".")
    assert STRAIGHT.stay.count("?") == 1
