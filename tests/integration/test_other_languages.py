"""Somebody writes in another language: told once, in that language, how it is read, with the help card. No weights."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast
from uuid import uuid4

import httpx
import pytest
from conftest import Talker, talk
from device import new_device
from failing import Broken, Says, put, reading

from agent.bootstrap import Application, Models
from agent.domain.risk import Tier
from agent.domain.turn import READ_LESS_WELL
from agent.generation.composer import Composer
from agent.graph.adapters import ThreadedFinder, ThreadedReader
from agent.safety.assess import RiskPolicy
from agent.safety.crisis import CrisisWords
from agent.safety.hints import Hints
from agent.safety.languages import Languages
from agent.safety.lexicon import Lexicon
from agent.safety.straight import Straight
from classifiers.language import language_of, read_less_well
from classifiers.reading import TextReading
from knowledge.embedding import Embedder

NOTES = Languages.load()
SWAHILI = "Ninajisikia vibaya sana na siwezi kulala"
ARABIC = "أشعر بالوحدة كل يوم ولا أعرف مع من أتكلم"
SPANISH_DANGER = "Ya no puedo más, quiero morir y pienso en matarme esta noche"
ENGLISH_DANGER = "I don't want to be alive any more. I think about killing myself every night."


@dataclass
class LanguageSensor:
    """A calm reading of everything, in the language that it is really in."""

    version: str = "fixed"
    seen: list[str] = field(default_factory=list)

    async def read(self, text: str, before: Sequence[str] = ()) -> TextReading:
        del before
        self.seen.append(text)
        language = language_of(text)
        return replace(reading(), language=language, doubts=("language",) if read_less_well(text, language) else ())


@pytest.fixture(scope="module")
def models() -> Models:
    """Everything but the weights."""
    return Models(
        embedder=cast("Embedder", None), sensor=cast("ThreadedReader", LanguageSensor()),
        finder=cast("ThreadedFinder", Broken(RuntimeError("no index"))), lexicon=Lexicon.load(),
        composer=Composer.load(), hints=Hints.load(), words=CrisisWords.load(),
        straight=Straight.load(), languages=NOTES,
        risk_policy=RiskPolicy.load(),
    )  # fmt: skip


async def told(talker: Talker, texts: Sequence[str]) -> list[bool]:
    return [READ_LESS_WELL in (await talker.say(text)).reasons for text in texts]


@pytest.mark.parametrize(("language", "text"), [("sw", SWAHILI), ("ar", ARABIC)])
async def test_the_first_reply_is_the_note_with_the_card_and_no_model_is_asked(
    application: Application, talker: Talker, language: str, text: str
) -> None:
    model = Says("You are not alone.")
    put(application, generator=model)
    reply = await talker.say(text)
    assert (reply.text, reply.origin, reply.card) == (NOTES.note(language).text, "authored", True)
    assert (reply.strategy, reply.tier, reply.pieces) == ("language", Tier.NONE, (f"language/{language}",))
    assert model.seen == []


async def test_a_language_without_a_note_gets_the_english_one(talker: Talker) -> None:
    assert (await talker.say("Hetek óta rosszul vagyok és nem tudok aludni")).text == NOTES.any_other.text


async def test_it_is_said_once_however_long_the_conversation_is(talker: Talker) -> None:
    texts = [SWAHILI] * 16  # longer than the history that a turn is given
    assert await told(talker, texts) == [True] + [False] * 15


async def test_it_is_said_when_somebody_turns_to_another_language_and_again_in_a_new_conversation(
    application: Application, talker: Talker
) -> None:
    assert await told(talker, ["I made soup for my neighbour.", ARABIC, SWAHILI]) == [False, True, False]
    assert await told(await talker.anew(), [ARABIC]) == [True]
    assert await told(await talk(application), ["I can't sleep", "lol ok"]) == [False, False]


async def test_in_danger_it_stands_before_the_crisis_words_the_first_time(talker: Talker) -> None:
    first, second = await talker.say(SPANISH_DANGER), await talker.say(SPANISH_DANGER)
    note = NOTES.note("es").text
    assert first.origin == second.origin == "crisis"
    assert first.tier >= Tier.MODERATE
    assert first.text.startswith(f"{note}\n\n")
    assert first.text.removeprefix(note).strip(), "the crisis words follow"
    assert "".join(first.sentences) == first.text
    assert first.card
    assert "language/es" in first.pieces
    assert note not in second.text
    assert READ_LESS_WELL not in second.reasons


async def test_after_danger_in_english_another_language_gets_crisis_words_and_the_card(talker: Talker) -> None:
    await talker.say(ENGLISH_DANGER)
    reply = await talker.say(SWAHILI)
    assert (reply.origin, reply.card) == ("crisis", True), "calm in a language read less well is not sure to be calm"
    assert reply.text.startswith(NOTES.note("sw").text)
    assert reply.tier >= Tier.MODERATE


async def test_the_stream_sends_the_card_then_the_note(client: httpx.AsyncClient) -> None:
    device, turn = await new_device(client), uuid4()
    assert (await device.post(ARABIC, turn)).status_code == 202
    events = [e for e in await device.events(turn) if e.id]
    assert [e.name for e in events] == ["card", "sentence", "sentence", "sentence", "done"]
    assert "".join(e.data["text"] for e in events[1:-1]) == events[-1].data["text"] == NOTES.note("ar").text


async def test_words_from_right_to_left_are_shown_so(client: httpx.AsyncClient) -> None:
    files = [await client.get(f"/static/{name}") for name in ("chat/turn.js", "chat/dom.js", "chat.css")]
    turn, dom, styles = (file.text for file in files)
    assert turn.count('dir: "auto"') == 2, "what was said, and what is answered"
    assert 'dir: "ltr"' in dom, "the hidden words before them must not decide the direction"
    assert styles.count("unicode-bidi: plaintext") == 2, "the note and the words after it each have their own"
    assert '<textarea id="message" name="message" dir="auto"' in (await client.get("/")).text
