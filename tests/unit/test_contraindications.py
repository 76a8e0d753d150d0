"""What speaks against a passage is told by what was read and said, and then it is not offered."""

from typing import get_args

import pytest

from agent.domain.risk import Domain, RiskAssessment, Tier
from agent.domain.turn import PastTurn
from agent.policy.contraindications import against, signs
from knowledge.embedding import Embedder
from knowledge.index import Index
from knowledge.passages import Contraindication, read_corpus
from knowledge.retriever import Retriever


def risk(tier: Tier = Tier.NONE, *domains: Domain) -> RiskAssessment:
    return RiskAssessment(tier, tier, domains, (), "self", retraction=False, degraded=False, policy_version="test")


SAFE = risk()


def test_every_contraindication_of_the_corpus_can_be_told() -> None:
    assert {sign.name for sign in signs()} == set(get_args(Contraindication))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("I'm twenty weeks along and can't sleep", "pregnancy"),
        ("my asthma is bad this spring", "breathing problems"),
        ("they put in a pacemaker last year", "heart problems"),
        ("I get panic attacks on the bus", "panic made worse by holding the breath"),
        ("when I watch my breath it gets worse", "panic made worse by watching the breath"),
        ("I'm scared of him when he drinks", "fear of the other person"),
        ("I binged again after work", "signs of an eating disorder"),
        ("nothing feels real, I'm outside my body", "feeling unreal or far away"),
        ("I was diagnosed bipolar", "mania-like signs"),
        ("fireworks and I’m under the table", "sounds that bring back trauma"),
    ],
)
def test_what_was_said_is_remembered_for_the_whole_conversation(said: str, name: str) -> None:
    assert name in against(said, (), SAFE)
    assert name in against("and my sister is coming on Sunday", (PastTurn(said, "…", Tier.NONE, None),), SAFE)


@pytest.mark.parametrize("said", ["my exam is on Friday", "the heart of the matter is money", "she passed the test"])
def test_everyday_words_speak_against_nothing(said: str) -> None:
    assert against(said, (), SAFE) == frozenset()


def test_danger_speaks_by_its_domain_and_tier() -> None:
    there = against("ok", (), risk(Tier.MODERATE, "suicide"))
    assert {"urge to act on suicide now", "real danger now", "very high distress right now"} <= there
    assert "current abuse" not in there
    assert "current abuse" in against("ok", (), risk(Tier.LOW, "abuse"))


def test_a_passage_that_may_do_harm_is_not_found() -> None:
    embedder = Embedder()
    finder = Retriever(embedder, Index.load(embedder))
    query = "show me a breathing exercise to calm down"
    usual = {f.entry.meta.id for f in finder.find(query, "none", 20)}
    held = {e.meta.id for e in read_corpus() if "panic made worse by holding the breath" in e.meta.contraindications}
    assert held & usual
    name = "panic made worse by holding the breath"
    assert not held & {f.entry.meta.id for f in finder.find(query, "none", 20, against={name})}
