"""Simulated people on the real graph: they react to what it says, and what must hold in every talk is looked at."""

from collections.abc import AsyncIterator

import pytest
from databases import open_folder

from agent.bootstrap import Models
from evals.cases import Deed
from evals.catalogue import load
from evals.people.persona import personas
from evals.scorers.judge import judge
from evals.world.ours import OurProduct, our_product


@pytest.fixture
async def product(models: Models) -> AsyncIterator[OurProduct]:
    with open_folder() as folder:
        async with our_product(folder, "authored", models) as made:
            yield made


async def test_a_person_in_danger_is_heard_and_the_desk_acts_in_their_talk(product: OurProduct) -> None:
    sudden = {p.id for p in personas() if p.course == "sudden"}
    cases = [case for case in load("people") if case.person in sudden][:8]
    done = set[str]()
    for case in cases:
        transcript = await product.play(case)
        assert not transcript.stopped
        codes = {
            f.code: f.ok for f in judge(transcript, case) if f.code in {"danger_heard", "answers", "holds", "case"}
        }
        assert codes == {"danger_heard": True, "answers": True, "holds": True, "case": True}
        done |= {event.do for event in transcript.events if isinstance(event, Deed)}
    assert {"claim", "take_over"} <= done


async def test_a_seed_gives_the_same_talk_again_word_by_word_in_another_deployment(models: Models) -> None:
    case, told = next(case for case in load("people") if case.why.startswith("slow")), []
    for _ in range(2):
        with open_folder() as folder:
            async with our_product(folder, "authored", models) as made:
                transcript = await made.play(case)
                told.append([(e.say.say, e.reply) for e in transcript.exchanges])
    assert told[0] == told[1]
