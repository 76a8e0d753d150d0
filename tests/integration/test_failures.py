"""The failure table, part by part: a part that fails costs something, and never help, words or a person's safety."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import Talker, talk
from failing import ERRORS, Broken, BrokenGuard, FixedSensor, Says, put, reading

from agent.bootstrap import Application
from agent.domain.risk import Tier
from agent.domain.turn import Reply
from agent.generation.embedded import EmbeddedModel
from agent.generation.model import ModelGenerator
from agent.generation.scripted import ScriptedModel
from agent.graph.state import Limits
from agent.safety.vetting import OutputGuard
from agent.storage.repositories.case_record import CaseEvent
from agent.storage.repositories.cases import Case
from prompts import load as load_prompt

HARMLESS = "I made soup for my neighbour."
DANGER = "I am going to kill myself tonight."
KIND = "That sounds like a lot to carry. What has been the hardest part of it?"
HASTY = Limits(generate=0.1)

pytestmark = pytest.mark.usefixtures("application")


@pytest.fixture(scope="module")
def output_guard() -> OutputGuard:
    return OutputGuard.load()


async def cases_of(application: Application, talker: Talker) -> list[tuple[Case, list[CaseEvent]]]:
    async with application.services.database.unit_of_work() as work:
        mine = [c for c in await work.cases.listed() if c.person_id == talker.person]
        return [(c, await work.record.of(c.id, c.person_id)) for c in mine]


def ordinary(reply: Reply) -> bool:
    """An authored reply as if nothing had happened."""
    return reply.origin == "authored" and bool(reply.text.strip()) and not reply.card


# a sensor


async def test_without_a_reader_what_is_not_plainly_fine_counts_as_danger(application: Application) -> None:
    for error in (*ERRORS, None):
        sensor, talker = Broken(error), await talk(application)
        put(application, sensor=sensor, limits=Limits(read=0.05))
        assert ordinary(await talker.say("hello")), error
        assert await cases_of(application, talker) == []

        reply = await talker.say(HARMLESS)
        assert (reply.origin, reply.card, reply.tier) == ("crisis", True, Tier.MODERATE), error
        ((case, (opened, *_)),) = await cases_of(application, talker)
        assert case.degraded
        assert [d.source for d in opened.drivers] == ["degraded"]
        assert sensor.asked == 2


async def test_without_a_reader_the_lexicon_still_tells_how_bad_it_is(application: Application, talker: Talker) -> None:
    put(application, sensor=Broken(RuntimeError("no session")))
    reply = await talker.say(DANGER)
    assert (reply.origin, reply.card) == ("crisis", True)
    assert reply.tier >= Tier.HIGH
    ((case, (opened, *_)),) = await cases_of(application, talker)
    assert (case.tier, case.degraded) == (reply.tier, True)
    assert "lexicon" in {d.source for d in opened.drivers}


# the index


async def test_without_an_index_the_reply_has_no_passages(application: Application) -> None:
    services = put(application, sensor=FixedSensor(reading("seek_information")))
    asked = "What is rumination and why do I keep going over the same thoughts?"
    with_index = await (await talk(application)).say(asked)
    assert with_index.passages, "the control: with an index this question is answered from a passage"
    for error in (*ERRORS, None):
        put(application, finder=Broken(error), limits=Limits(retrieve=0.05))
        reply = await (await talk(application)).say(asked)
        assert ordinary(reply), error
        assert reply.passages == ()
        assert reply.text != with_index.text
    put(application, finder=services.finder)


# the generator


@pytest.fixture
async def model_application(application: Application, output_guard: OutputGuard) -> AsyncIterator[Application]:
    """The reader calm, the guard real, and a model that can be put in."""
    put(application, sensor=FixedSensor(), guard=output_guard, generator=Says(KIND))
    return application


async def test_a_working_model_is_heard(model_application: Application) -> None:
    reply = await (await talk(model_application)).say(HARMLESS)
    assert (reply.text, reply.origin, reply.model) == (KIND, "generated", "says")


async def test_a_generator_that_raises_or_never_answers_is_replaced_by_authored_words(
    model_application: Application,
) -> None:
    for error in (*ERRORS, None):
        broken = Broken(error)
        put(model_application, generator=broken, limits=Limits(generate=0.05))
        assert ordinary(await (await talk(model_application)).say(HARMLESS)), error
        assert broken.asked == 1


async def test_an_embedded_model_that_hangs_holds_one_thread_and_keeps_nobody_waiting(
    model_application: Application, tmp_path: Path
) -> None:
    """The reader and the lexicon need threads, too, and a cancelled wait does not free a thread."""
    release, asked = threading.Event(), []

    class Hangs:
        def handle_chat_completions(self, request: object) -> dict[str, object]:
            asked.append(request)
            release.wait(60)
            return {}

    model = EmbeddedModel(socket_folder=tmp_path)
    model._server = Hangs()
    put(model_application, generator=ModelGenerator(model, load_prompt("support_small"), "small"), limits=HASTY)
    try:
        for _ in range(12):
            assert ordinary(await (await talk(model_application)).say(HARMLESS))
        assert len(asked) == 1
        reply = await asyncio.wait_for((await talk(model_application)).say(DANGER), 10)
        assert reply.origin == "crisis"
    finally:
        release.set()


NONSENSE = {
    "empty": "",
    "blank": "   \n ",
    "invisible": "\u200b\u2060",
    "letters": "asdkj qwpeoi zxmcnv qpwoeiru tyghfj",
    "boxes": "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd",
    "half characters": "\ud800\ud800\udfff",
    "nul": "\x00\x00",
    "dots": "." * 5000,
}


@pytest.mark.parametrize("words", NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_by_a_model_is_not_shown(model_application: Application, words: str) -> None:
    model = ScriptedModel(script=lambda _: words)
    put(model_application, generator=ModelGenerator(model, load_prompt("support"), "nonsense"))
    reply = await (await talk(model_application)).say(HARMLESS)
    assert len(model.seen) == 1
    assert reply.origin in {"authored", "guard"}
    assert len([c for c in reply.text if c.isalpha()]) > 20
    assert not words.strip() or words.strip() not in reply.text


async def test_half_a_character_in_a_models_words_or_a_persons_loses_nothing(model_application: Application) -> None:
    model = ScriptedModel(script=lambda _: f"\ud800{KIND}")
    put(model_application, generator=ModelGenerator(model, load_prompt("support"), "half"))
    assert (await (await talk(model_application)).say(HARMLESS)).text == KIND

    put(model_application, sensor=Broken(RuntimeError("no reader: all words are quoted as evidence")))
    talker = await talk(model_application)
    reply = await talker.say(f"\udc00{DANGER}\ud800")
    assert reply.origin == "crisis"
    ((_, (opened, *_)),) = await cases_of(model_application, talker)
    assert any(DANGER in d.words for d in opened.drivers)


# the guard


async def test_a_guard_that_raises_or_hangs_lets_nothing_of_the_draft_through(model_application: Application) -> None:
    for error in (*ERRORS, None):
        guard = BrokenGuard(error)
        put(model_application, guard=guard, limits=Limits(guard=0.1))
        reply = await (await talk(model_application)).say(HARMLESS)
        guard.release.set()
        assert ordinary(reply), error
        assert KIND not in reply.text
        assert reply.reasons == ("guard_failed",)


async def test_a_draft_that_sees_danger_opens_a_case_and_is_not_shown(model_application: Application) -> None:
    draft = "You are not thinking of killing yourself, are you?"
    put(model_application, generator=Says(draft), sensor=FixedSensor(reading(low=0.3)))
    talker = await talk(model_application)
    reply = await talker.say("I just feel a bit off today.")
    assert (reply.origin, reply.card, reply.tier) == ("crisis", True, Tier.MODERATE)
    assert draft not in reply.text
    ((case, (opened, *_)),) = await cases_of(model_application, talker)
    assert case.tier == Tier.MODERATE
    assert [d.source for d in opened.drivers] == ["output_guard"]
    async with model_application.services.database.unit_of_work() as work:
        assert (await work.people.standing(talker.person)).tier == Tier.MODERATE


async def test_a_model_that_brings_up_suicide_out_of_the_blue_is_only_cut(model_application: Application) -> None:
    put(model_application, generator=Says("You are not thinking of killing yourself, are you?"))
    talker = await talk(model_application)
    reply = await talker.say(HARMLESS)
    assert (reply.origin, reply.reasons) == ("guard", ("crisis_in_generated",))
    assert "killing" not in reply.text
    assert await cases_of(model_application, talker) == []
