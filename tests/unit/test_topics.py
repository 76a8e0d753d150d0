"""A page for one situation is found for words that speak of it, and for no others."""

import pytest

from knowledge.embedding import Embedder
from knowledge.index import Index
from knowledge.passages import read_corpus
from knowledge.retriever import Retriever
from knowledge.topics import topics_of


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    embedder = Embedder()
    return Retriever(embedder, Index.load(embedder))


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("she's three weeks old, my milk won't come and the midwife frowned, the baby cries", "birth"),
        ("I look after my mum, she has dementia", "caring"),
        ("they discharged me on Friday after the overdose", "aftercare"),
        ("since the crash I jump at every bang", "trauma"),
        ("I pray and it doesn’t lift", "faith and culture"),
        ("my flatmate won't leave his room", "someone else"),
    ],
)
def test_words_speak_of_their_topic(said: str, topic: str) -> None:
    assert topic in topics_of(said)


@pytest.mark.parametrize("said", ["I can't sleep and I worry about rent", "my exam is on Friday", "everything is grey"])
def test_everyday_words_speak_of_none(said: str) -> None:
    assert topics_of(said) == frozenset()


def test_a_page_for_parents_is_found_by_parents_alone(retriever: Retriever) -> None:
    birth = {e.meta.id for e in read_corpus() if e.meta.about == "birth"}
    found = {f.entry.meta.id for f in retriever.find("my baby is four weeks old and I feel nothing for her", "none", 5)}
    assert found & birth
    found = {f.entry.meta.id for f in retriever.find("I feel nothing for anyone and I am so tired", "none", 20)}
    assert found
    assert not found & birth
