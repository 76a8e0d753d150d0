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
        ("my boyfriend went for lunch with his ex", "a partner"),
        ("I shouted at my kids again", "one's children"),
        ("we stopped IVF in May", "no child"),
        ("we had to have the dog put to sleep", "an animal"),
        ("my gran died on Monday", "a death"),
        ("they made eleven of us redundant", "a lost job"),
        ("retired in June and the days are long", "retirement"),
        ("I work nights at the depot", "night work"),
        ("my thesis is due", "studies"),
        ("eight pints on Friday", "drink or drugs"),
        ("lost the rent on the slots", "gambling"),
        ("I want a cigarette", "smoking"),
        ("I spent it all on parcels again", "spending"),
        ("the new tablets make me dizzy", "medicines"),
        ("my therapist is off sick", "therapy"),
        ("I ate the whole tin", "eating"),
        ("I can't look in the mirror", "looks"),
        ("the scan is on Thursday", "illness"),
        ("it's all too loud in the canteen, I'm autistic", "another kind of mind"),
        ("went back to check the hob", "rituals"),
        ("I told my sister I'm gay", "whom one loves"),
    ],
)
def test_words_speak_of_their_topic(said: str, topic: str) -> None:
    assert topic in topics_of(said)


@pytest.mark.parametrize(
    "said", ["I can't sleep and I worry about rent", "the boss shouted on Friday", "everything is grey"]
)
def test_everyday_words_speak_of_none(said: str) -> None:
    assert topics_of(said) == frozenset()


def test_a_page_for_parents_is_found_by_parents_alone(retriever: Retriever) -> None:
    birth = {e.meta.id for e in read_corpus() if e.meta.about == "birth"}
    found = {f.entry.meta.id for f in retriever.find("my baby is four weeks old and I feel nothing for her", "none", 5)}
    assert found & birth
    found = {f.entry.meta.id for f in retriever.find("I feel nothing for anyone and I am so tired", "none", 20)}
    assert found
    assert not found & birth


def test_the_empty_side_of_a_bed_is_nothing_for_somebody_who_lost_their_gran(retriever: Retriever) -> None:
    query = "I lie awake and my head goes round and round about what I should have said to her"
    assert "the_other_side_of_the_bed" not in {f.entry.meta.id for f in retriever.find(query, "none", 20)}
    query = "my wife left and I lie awake on my side of the bed"
    assert "the_other_side_of_the_bed" in {f.entry.meta.id for f in retriever.find(query, "none", 5)}
