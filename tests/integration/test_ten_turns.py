"""The authored mode alone holds a talk of ten messages: no sentence twice, one question at most, feelings heard."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from conftest import talk

from agent.bootstrap import Application
from evals.scorers.reflection import reflects
from evals.scorers.shape import questions, repeated

CONCERNS = yaml.safe_load((Path(__file__).parents[1] / "data/concerns.yaml").read_text("utf-8"))


def lines(concern: str) -> Iterator[tuple[str, str]]:
    """Messages, each with the feeling that it states, or ""."""
    for line in CONCERNS[concern]:
        yield (line, "") if isinstance(line, str) else (line["say"], line["feels"])


def test_there_are_forty_of_ten_messages() -> None:
    assert len(CONCERNS) == 40
    assert {len(told) for told in CONCERNS.values()} == {10}


async def test_no_sentence_twice_one_question_at_most_and_every_stated_feeling_heard(application: Application) -> None:
    wrong, feelings = list[str](), 0
    for concern in CONCERNS:
        talker, earlier = await talk(application), list[str]()
        for said, feels in lines(concern):
            reply = await talker.say(said)
            wrong += [f"{concern}, twice: {s}" for s in repeated(reply.text, tuple(earlier))]
            if questions(reply.text) > 1:
                wrong.append(f"{concern}, questions: {reply.text}")
            if feels and not reply.tier.elevated:
                feelings += 1
                wrong += [] if reflects(reply.text, (said,)) else [f"{concern}, {feels}: {said!r} > {reply.text!r}"]
            earlier.append(reply.text)
    assert wrong == []
    assert feelings > 40
