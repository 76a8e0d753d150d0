"""Figures of retrieval and of grounding mean what they say."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.retrieval import ndcg, queries
from evals.scorers.grounding import Grounds, pairs
from knowledge.embedding import Embedder
from knowledge.passages import read_corpus

BODY = "Breathe out for longer than you breathe in. Do it five times. Your heart slows down when you breathe out."


@pytest.fixture(scope="module")
def grounds() -> Grounds:
    return Grounds(Embedder())


def test_queries_name_passages_that_exist_and_both_halves_have_some_that_nothing_serves():
    known = {entry.meta.id for entry in read_corpus()}
    for half in ("dev", "test"):
        assert {p for q in queries(half) for p in q.relevant} <= known
        assert sum(not q.relevant for q in queries(half)) >= 14
        assert len(queries(half)) >= 55


def test_grounded_pairs_name_passages_that_exist_and_have_both_labels_in_both_halves():
    known = {entry.meta.id for entry in read_corpus()}
    for half in ("dev", "test"):
        assert {p.passage for p in pairs(half)} <= known
        assert 0.4 <= sum(p.supported for p in pairs(half)) / len(pairs(half)) <= 0.6


def test_the_best_order_is_one_and_nothing_found_is_none():
    assert ndcg(["a", "b"], {"a": 3, "b": 1}) == 1
    assert ndcg([], {"a": 3}) == 0
    assert 0 < ndcg(["b", "a"], {"a": 3, "b": 1}) < 1


@given(st.permutations(["a", "b", "c", "d", "e", "f", "g"]))
def test_no_order_is_better_than_the_best(order):
    relevant = {"a": 3, "b": 2, "c": 1}
    assert 0 <= ndcg(order, relevant) <= ndcg(["a", "b", "c"], relevant) == 1


def test_what_the_passage_says_rests_on_it_and_another_topic_does_not(grounds: Grounds):
    assert grounds.score("Breathe out longer than you breathe in, five times.", [BODY]) > 0.6
    assert grounds.score("Write down what you are grateful for each evening.", [BODY]) < 0.4
    assert grounds.score("Breathe out.", []) == 0


def test_a_number_that_the_passage_does_not_have_rests_on_nothing(grounds: Grounds):
    assert grounds.score("Breathe out for 20 minutes.", [BODY]) == 0


def fours(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z']+", text.lower())
    return {tuple(words[n : n + 4]) for n in range(len(words) - 3)}


def test_no_query_is_a_copy_of_what_the_index_holds_or_of_one_in_the_other_half():
    held = [fours(ask) for entry in read_corpus() for ask in entry.asks]
    held += [fours(q.query) for q in queries("dev")]
    held = [h for h in held if h]
    for query in queries("test"):
        mine = fours(query.query)
        alike = max((len(mine & h) / len(mine | h) for h in held if mine & h), default=0.0)
        assert alike < 0.4, query.query


def test_there_are_five_hundred_and_half_of_the_kinds_stand_in_each_half():
    halves = {half: {q.kind for q in queries(half)} for half in ("dev", "test")}
    assert halves["dev"] == halves["test"] == {"asks", "scene", "brief", "idle"}
    assert sum(len(queries(half)) for half in halves) >= 500
    assert all((q.kind == "idle") == (not q.relevant) for half in halves for q in queries(half))
