"""The search by meaning and by words: each finds what the other misses, and nothing is found where none is due."""

import numpy as np
import pytest

from knowledge.embedding import Embedder
from knowledge.index import FEW, WIDTH, Index, vectors_of
from knowledge.passages import read_corpus
from knowledge.retriever import IDLE, SURE, Retriever
from knowledge.words import Words

ENTRIES = read_corpus()


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    embedder = Embedder()
    return Retriever(embedder, Index.load(embedder))


def test_every_passage_has_five_asks_or_more_of_its_own() -> None:
    asks = [ask.casefold() for e in ENTRIES for ask in e.asks]
    assert all(len(e.asks) >= 5 for e in ENTRIES)
    assert len(asks) == len(set(asks))


def test_what_people_ask_finds_the_passage_it_was_written_for(retriever: Retriever) -> None:
    first = [
        e.meta.id == retriever.find(e.asks[0], "none", 1)[0].entry.meta.id for e in ENTRIES if e.meta.about is None
    ]
    assert np.mean(first) > 0.9


def test_shared_words_are_found_in_any_form_and_without_any_nothing() -> None:
    words = Words(ENTRIES)
    assert np.array_equal(words.likeness("gambling"), words.likeness("gambled"))
    best = ENTRIES[int(np.argmax(words.likeness("my grief for my mother")))]
    assert "grief" in best.words.lower()
    for nothing in ("", "the of and", "🙂", "想死", "x" * 5000):
        assert words.likeness(nothing).max() == 0


@pytest.mark.parametrize("intent", sorted(IDLE))
def test_a_message_that_wants_nothing_of_the_kind_finds_nothing_when_that_is_sure(
    retriever: Retriever, intent: str
) -> None:
    query = "how can I slow my breathing when I panic"
    assert retriever.find(query, "none", 3, intent, sure=SURE) == []
    assert retriever.find(query, "none", 3, intent, sure=SURE - 0.01)


def test_many_vectors_are_searched_by_a_graph_that_still_finds_the_nearest() -> None:
    dice = np.random.default_rng(1)
    rows = dice.normal(size=(FEW + 1, WIDTH)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    index = vectors_of(rows)
    found = index.search(rows[:200], 1)[1][:, 0]
    assert np.mean(found == np.arange(200)) > 0.97
