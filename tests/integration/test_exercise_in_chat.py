"""An exercise in the chat: begun by name, stopped at once, taken up in another chat, and asked about another day."""

from datetime import datetime, timedelta

import pytest
from conftest import Talker
from databases import rows

from agent.bootstrap import Application
from agent.care.exercises import load
from agent.domain.exercise import Practice
from agent.graph.nodes import answer as answer_node
from agent.graph.nodes import plan as plan_node


@pytest.fixture
def two_days_later(monkeypatch: pytest.MonkeyPatch):
    """From when this is called on, the program's clock is two days ahead."""

    class Later(datetime):
        @classmethod
        def now(cls, tz=None) -> datetime:
            return datetime.now(tz) + timedelta(days=2)

    def go() -> None:
        for module in (plan_node, answer_node):
            monkeypatch.setattr(module, "datetime", Later)

    return go


async def kept(application: Application, talker: Talker) -> list[Practice]:
    async with application.services.database.unit_of_work() as work:
        return [s.practice for s in await work.practices.of(talker.person)]


async def test_asked_for_by_name_it_begins_and_every_answer_is_kept(application: Application, talker: Talker) -> None:
    record = load()["thought_record"]
    reply = await talker.say("can you do a thought record with me")
    assert record.steps[0].text in reply.text
    wrote = ["in the meeting", "they all think I'm slow", "one laughed", "two people said thank you", "some are kind"]
    for n, words in enumerate(wrote[:-1]):
        reply = await talker.say(words)
        assert record.steps[n + 1].text in reply.text
    await talker.say(wrote[-1])
    (practice,) = await kept(application, talker)
    assert (practice.state, list(practice.words.values())) == ("finished", wrote)


@pytest.mark.parametrize(
    "words", ["stop please, I don't like it", "Stop", "can we stop", "I don't want to do this", "no, enough"]
)
async def test_a_word_is_enough_to_stop_and_it_stays_stopped(
    application: Application, talker: Talker, words: str
) -> None:
    await talker.say("could we do box breathing")
    reply = await talker.say(words)
    after = await talker.say("It's the noise at work")
    assert not any(p.startswith("walk.") for r in (reply, after) for p in r.pieces)
    (practice,) = await kept(application, talker)
    assert practice.state == "put_away"


async def test_in_another_chat_it_goes_on_where_it_was_left(application: Application, talker: Talker) -> None:
    record = load()["thought_record"]
    for words in ("let's do a thought record", "on the bus", "they laughed at me"):
        await talker.say(words)
    other = await talker.anew()
    assert record.steps[2].text in (await other.say("could we go on with the exercise from before")).text
    assert record.steps[3].text in (await other.say("one of them pointed")).text
    (practice,) = await kept(application, talker)
    assert dict(practice.words) == {0: "on the bus", 1: "they laughed at me", 2: "one of them pointed"}


@pytest.mark.parametrize(
    ("said", "outcome"),
    [("yes I did it and it helped a bit", "did"), ("not yet, too busy", "not_yet"), ("no", "not_yet"),
     ("I tried but I felt silly doing it", "tried")],
)  # fmt: skip
async def test_what_was_set_out_is_asked_about_once_another_day(
    application: Application, talker: Talker, two_days_later, said: str, outcome: str
) -> None:
    for words in ("can you do worry time with me", "at five", "the rent", "ok", "ok", "fine, thank you"):
        await talker.say(words)
    noted = await talker.say("five tomorrow in the kitchen")
    assert "Exercises" in noted.text
    assert "five tomorrow" not in (await (await talker.anew()).say("hello")).text
    two_days_later()
    later = await talker.anew()
    asked = await later.say("hello")
    assert "five tomorrow in the kitchen" in asked.text
    assert asked.text.count("?") == 1
    await later.say(said)
    (practice,) = await kept(application, talker)
    assert practice.outcome == outcome
    assert "five tomorrow" not in (await (await talker.anew()).say("hello")).text


async def test_an_exercise_that_may_harm_is_not_begun(application: Application, talker: Talker) -> None:
    reply = await talker.say("I'm pregnant and so tense, could we do box breathing")
    assert not any("box_breathing" in p for p in reply.pieces)
    assert await kept(application, talker) == []


async def test_danger_in_the_middle_of_an_exercise_is_danger_and_the_exercise_waits(
    application: Application, talker: Talker, conninfo: str
) -> None:
    await talker.say("can you do a thought record with me")
    reply = await talker.say("at home with the pills in my hand, I want to kill myself tonight")
    assert reply.origin == "crisis"
    assert len(rows(conninfo, "SELECT 1 FROM crisis_case")) == 1
    (practice,) = await kept(application, talker)
    assert practice.state == "put_away"


async def test_a_turn_that_a_crash_left_begins_no_second_practice(application: Application, talker: Talker) -> None:
    await talker.say("can you do a body scan with me")
    await application.running().recover(alone=True)
    assert len(await kept(application, talker)) == 1
