"""Danger that no single message shows: it adds up over turns, also when a new chat is begun in between. No weights."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

import pytest
from conftest import Talker
from failing import Broken, reading

from agent.bootstrap import Application, Models
from agent.domain.risk import Tier
from agent.generation.composer import Composer
from agent.graph.adapters import ThreadedFinder, ThreadedReader
from agent.safety.assess import RiskPolicy
from agent.safety.crisis import CrisisWords
from agent.safety.hints import Hints
from agent.safety.languages import Languages
from agent.safety.lexicon import Lexicon
from agent.safety.straight import Straight
from classifiers.labels import SIGNS, Sign
from classifiers.reading import SignScore, TextReading
from knowledge.embedding import Embedder

HEARD: Final[dict[str, tuple[Sign, ...]]] = {
    "the doors are all shut now": ("hopelessness", "isolation"),
    "they would manage fine on their own": ("burden",),
    "the dog moves to my sister on Friday": ("affairs", "goodbye", "time"),
    "thanks, talk tomorrow": (),
}
#: Just below what counts as moderate by itself.
NOT_YET: Final = RiskPolicy.load().at_least[1] - 0.01


@dataclass
class Sensor:
    """Hears the signs of the table, and in no message enough risk by itself."""

    version: str = "fixed"

    async def read(self, text: str, before: Sequence[str] = ()) -> TextReading:
        del before
        said = HEARD.get(text, ())
        steps = (0.65, NOT_YET, 0.0, 0.0) if said else (0.0, 0.0, 0.0, 0.0)
        return replace(reading(), at_least=steps, signs=tuple(SignScore(s, 0.95 * (s in said)) for s in SIGNS))


@pytest.fixture(scope="module")
def models() -> Models:
    """Everything but the weights."""
    return Models(
        embedder=cast("Embedder", None), sensor=cast("ThreadedReader", Sensor()),
        finder=cast("ThreadedFinder", Broken(RuntimeError("no index"))), lexicon=Lexicon.load(),
        composer=Composer.load(), hints=Hints.load(), words=CrisisWords.load(),
        straight=Straight.load(), languages=Languages.load(),
        risk_policy=replace(RiskPolicy.load(), adds_up=0.5),  # the path is tested; the threshold follows the reader
    )  # fmt: skip


async def tiers(talker: Talker, *texts: str) -> list[Tier]:
    return [(await talker.say(text)).tier for text in texts]


async def cases(application: Application) -> int:
    async with application.services.database.unit_of_work() as work:
        return len(await work.cases.listed())


async def test_signs_of_several_turns_open_a_case(application: Application, talker: Talker) -> None:
    *before, last = await tiers(talker, *list(HEARD)[:3])
    assert not any(t.elevated for t in before[:1])
    assert last == Tier.MODERATE
    assert await cases(application) == 1


async def test_a_new_chat_is_no_clean_slate(application: Application, talker: Talker) -> None:
    first, second, third, _ = HEARD
    assert [t.elevated for t in await tiers(talker, first)] == [False]
    other = await talker.anew()
    assert (await tiers(other, second, third))[-1] == Tier.MODERATE
    assert await cases(application) == 1


async def test_another_person_is_not_mixed_in(application: Application, talker: Talker) -> None:
    from conftest import talk

    first, second, third, _ = HEARD
    await tiers(talker, first, second)
    stranger = await talk(application)
    assert not (await tiers(stranger, third))[0].elevated


async def test_a_turn_that_says_nothing_raises_nothing(talker: Talker) -> None:
    first, *_, calm = HEARD
    assert not any(t.elevated for t in await tiers(talker, first, calm))


async def test_what_a_counsellor_has_settled_is_not_counted_anew(application: Application, talker: Talker) -> None:
    first, second, third, _ = HEARD
    await tiers(talker, first, second, third)
    async with application.services.database.unit_of_work() as work:
        (case,) = await work.cases.listed()
        await work.people.reassessed(case.person_id)
        await work.commit()
    assert not any(t.elevated for t in await tiers(talker, third))
    assert (await tiers(talker, first, second))[-1] == Tier.MODERATE  # what is said from now on adds up again
