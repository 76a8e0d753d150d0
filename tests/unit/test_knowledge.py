"""Corpus, index and retriever."""

import shutil
from pathlib import Path

import pytest

from knowledge.embedding import Embedder
from knowledge.index import FOLDER, Index
from knowledge.passages import CORPUS, Entry, read_corpus
from knowledge.retriever import Retriever

ENTRIES = read_corpus()


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture(scope="module")
def retriever(embedder: Embedder) -> Retriever:
    return Retriever(embedder, Index.load(embedder))


def test_there_are_at_least_sixty_passages_of_every_kind() -> None:
    assert len(ENTRIES) >= 60
    assert {e.meta.kind for e in ENTRIES} == {"cbt_skill", "mindfulness", "psychoeducation", "faq"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.meta.id)
def test_a_passage_says_where_it_comes_from_and_reads_easily(entry: Entry) -> None:
    assert entry.meta.sources
    assert entry.meta.licence == "CC-BY-4.0"
    assert entry.meta.reading_age <= 12
    assert entry.meta.review == "not_yet_reviewed_by_a_clinician"
    assert 60 <= len(entry.body.split()) <= 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("how can I slow my breathing when I panic", {"slow_out_breath", "box_breathing", "what_panic_does"}),
        ("I lie awake at night and worry", {"worry_time", "awake_at_night", "sleep_habits", "sleep_and_mood"}),
        ("are you a real person?", {"are_you_human", "what_handhold_is", "can_you_talk_to_a_person"}),
        ("why does grief come and go", {"grief_in_waves"}),
    ],
)
def test_a_plain_question_finds_its_passage(retriever: Retriever, query: str, expected: set[str]) -> None:
    assert expected & {f.entry.meta.id for f in retriever.find(query, "none", 3)}


@pytest.mark.parametrize("query", ["who won the match last night", "write me a python script", "price of bitcoin"])
def test_nothing_is_returned_below_the_floor(retriever: Retriever, query: str) -> None:
    assert retriever.find(query, "none", 3) == []


def test_what_is_not_meant_for_a_tier_is_not_shown_at_it(retriever: Retriever) -> None:
    for query in ("I want to try something new", "how do I calm down", "I feel so bad about myself"):
        for tier in ("low", "moderate", "high", "imminent"):
            assert all(f.entry.allowed_at(tier) for f in retriever.find(query, tier, 10))
    assert retriever.find("how do I calm down", "imminent", 10) == []


def test_the_shipped_index_is_the_one_the_corpus_gives(embedder: Embedder, tmp_path: Path) -> None:
    built = Index.build(embedder, tmp_path)
    assert built.manifest["corpus"] == Index.load(embedder).manifest["corpus"]
    assert len(built.entries) == len(ENTRIES)


def test_a_damaged_index_is_refused(embedder: Embedder, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "index")
    file = tmp_path / "index" / "passages.faiss"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(ValueError, match="damaged"):
        Index.load(embedder, tmp_path / "index")


def test_a_passage_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "cbt"
    folder.mkdir()
    text = (CORPUS / "cbt" / "worry_time.md").read_text("utf-8")
    (folder / "worry_time.md").write_text(text.replace("licence:", "license:"))
    with pytest.raises(ValueError, match=r"worry_time\.md"):
        read_corpus(tmp_path)
