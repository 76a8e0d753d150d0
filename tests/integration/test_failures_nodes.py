"""Whatever breaks inside the graph, the person sees help, and dangerous words still become a case."""

from collections.abc import Iterator

import pytest
from conftest import Talker, talk
from databases import rows
from failing import Broken, FixedSensor, put

from agent.bootstrap import Application
from agent.domain.risk import Tier
from agent.graph import graph as page
from agent.graph import runner as running
from agent.graph.graph import build

DANGER = "I don't want to be alive any more. I think about killing myself every night."
HARMLESS = "I made soup for my neighbour."
#: The functions of the nodes as graph.py names them, with the message that leads through each of them.
ALWAYS = ("read", "assess_risk", "answer")
IN_DANGER = ("open_case", "crisis_reply")
OTHERWISE = ("make_plan", "retrieve", "choose", "generate", "guard")


class OddError(Exception):
    """Of a kind that nobody expects."""


async def odd(*_: object, **__: object) -> None:
    raise OddError("with some words in it")


@pytest.fixture
def broken_node(
    application: Application, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[str]:
    """One node of the graph raises."""
    monkeypatch.setattr(page, request.param, odd)
    monkeypatch.setattr(application.running(), "_graph", build())
    put(application, sensor=FixedSensor())
    return request.param


def test_all_nodes_are_broken_below() -> None:
    nodes = {n for n in build().get_graph().nodes if not n.startswith("__")}
    assert len(nodes) == len(ALWAYS + IN_DANGER + OTHERWISE) + len(["relay"])


@pytest.mark.parametrize("broken_node", ALWAYS + IN_DANGER, indirect=True)
async def test_danger_is_answered_with_help_and_a_case(
    broken_node: str, application: Application, talker: Talker, conninfo: str
) -> None:
    reply = await talker.say(DANGER)
    assert (reply.origin, reply.card) == ("fallback", True), broken_node
    assert "999" in reply.text, "the emergency number of the person's country"
    async with application.services.database.unit_of_work() as work:
        (case,) = await work.cases.listed()
        (turn,) = await work.turns.of(talker.conversation)
        standing = await work.people.standing(talker.person)
    assert (case.person_id, case.tier) == (talker.person, standing.tier)
    assert case.tier >= Tier.MODERATE
    assert (turn.status, turn.reply) == ("ANSWERED", reply)
    assert rows(conninfo, "SELECT count(*) FROM case_event WHERE kind = 'opened'") == [(1,)]


@pytest.mark.parametrize("broken_node", ALWAYS + OTHERWISE, indirect=True)
async def test_a_greeting_is_answered_with_help_and_no_case(
    broken_node: str, application: Application, talker: Talker
) -> None:
    reply = await talker.say("hello")
    assert (reply.origin, reply.card) == ("fallback", True), broken_node
    async with application.services.database.unit_of_work() as work:
        assert await work.cases.listed() == []
        (turn,) = await work.turns.of(talker.conversation)
    assert (turn.status, turn.reply) == ("ANSWERED", reply)


@pytest.mark.parametrize("broken_node", ["crisis_reply"], indirect=True)
async def test_risk_holds_after_the_last_resort(
    broken_node: str, application: Application, talker: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    del broken_node
    await talker.say(DANGER)
    monkeypatch.undo()
    monkeypatch.setattr(application.running(), "_graph", build())
    again = await talker.say("lol forget it, just joking")
    assert again.origin == "crisis"
    assert again.tier >= Tier.MODERATE


@pytest.mark.parametrize("part", ["lexicon", "hints"])
async def test_when_judging_the_words_is_what_breaks_they_count_as_danger(
    application: Application, talker: Talker, part: str
) -> None:
    put(application, **{part: Odd()}, sensor=FixedSensor())
    reply = await talker.say(HARMLESS)
    assert (reply.origin, reply.card) == ("fallback", True)
    async with application.services.database.unit_of_work() as work:
        (case,) = await work.cases.listed()
    assert case.degraded


class Odd:
    """Any part; whatever is asked of it raises."""

    def __getattr__(self, name: str) -> object:
        raise OddError(name)


async def test_a_turn_that_hangs_is_ended_with_help(
    application: Application, talker: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "TURN_SECONDS_LIMIT", 0.3)
    put(application, sensor=Broken())
    reply = await talker.say(DANGER)
    assert (reply.origin, reply.card) == ("fallback", True)
    async with application.services.database.unit_of_work() as work:
        assert [c.person_id for c in await work.cases.listed()] == [talker.person]
    put(application, sensor=FixedSensor())
    assert (await (await talk(application)).say(HARMLESS)).origin == "authored"


async def test_a_message_that_cannot_be_loaded_is_answered_with_help_at_once(
    application: Application, talker: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application.running(), "_load", odd)
    reply = await talker.say(DANGER)
    assert (reply.origin, reply.card) == ("fallback", True)
    assert reply.text.strip()
