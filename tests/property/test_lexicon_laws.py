"""Laws of the risk lexicon that hold for any text a person or an attacker may send."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.safety.lexicon import Lexicon, normalise

LEXICON = Lexicon.load()
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SAYINGS = (
    "I want to die", "i am going to kill myself", "I just took all my pills", "my husband hits me when he drinks",
    "quiero morirme", "ich will nicht mehr leben", "я выпила все таблетки", "我不想活了", "main marna chahti hu",
    "ölmek istiyorum", "죽고 싶어요", "أريد أن أموت",
)  # fmt: skip
UNRELATED = (
    " The weather was nice today.",
    " We had soup for lunch.",
    "\n\nMy bus comes at ten.",
    " Thanks for reading.",
)
HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f"
LEET = {"i": "1!", "l": "1", "e": "3", "a": "4@", "s": "5$", "o": "0"}

words = st.sampled_from(
    [
        *(
            "i",
            "want to",
            "die",
            "kill",
            "myself",
            "not",
            "my friend",
            "he",
            "never",
            "tonight",
            "pills",
            "all",
            "took",
        ),
        *("but", "now", "song", "in the", ",", ".", "!", "想死", "не хочу", "жить", "quiero", "morir", "de risa", "no"),
        *("ich will", "자살", "\ud800", "\u0301", "\u200b", "😭", "k*ll", "k.i.l.l", "$!", "@*", "@$$"),
    ]
)
anything = st.text(st.characters(), max_size=120) | st.lists(words, max_size=30).map(" ".join)


@QUICK
@given(anything)
def test_offsets_point_into_the_original_text(text):
    for cue in LEXICON.cues(text):
        assert 0 <= cue.start < cue.end <= len(text)
        assert text[cue.start : cue.end] == cue.words


@QUICK
@given(anything)
def test_normalise_never_raises_and_keeps_a_place_for_each_character(text):
    norm, places = normalise(text)
    assert len(norm) == len(places)
    assert all(0 <= p < len(text) for p in places)


@QUICK
@given(anything)
def test_the_same_text_gives_the_same_cues(text):
    assert LEXICON.cues(text) == LEXICON.cues(text)


@QUICK
@given(st.lists(st.sampled_from(SAYINGS), min_size=1, max_size=4), st.sampled_from(UNRELATED))
def test_an_unrelated_sentence_after_removes_no_cue(said, more):
    text = ". ".join(said) + "."
    assert set(LEXICON.cues(text)) <= set(LEXICON.cues(text + more))


@QUICK
@given(st.sampled_from(SAYINGS), st.data())
def test_invisible_characters_hide_nothing(said, data):
    hidden = "".join(c + data.draw(st.text(HIDDEN, max_size=2)) for c in said)
    assert {c.entry for c in LEXICON.cues(said)} <= {c.entry for c in LEXICON.cues(hidden)}


@QUICK
@given(st.sampled_from(["I want to die", "i am going to kill myself", "i keep cutting myself again"]), st.data())
def test_one_disguised_letter_hides_nothing(said, data):
    places = [i for i, c in enumerate(said) if c in LEET and i and said[i - 1] != " "]
    at = data.draw(st.sampled_from(places))
    text = said[:at] + data.draw(st.sampled_from(LEET[said[at]])) + said[at + 1 :]
    assert {c.entry for c in LEXICON.cues(said)} <= {c.entry for c in LEXICON.cues(text)}


def _timed(text):
    start = time.process_time()
    LEXICON.cues(text)
    return time.process_time() - start


@pytest.mark.parametrize(
    "piece",
    ["kill ", "i want to ", "k.i.l.l ", "想死", "!", "a", "i took all ", "\u0301", "he hits me, ", "(((", "no "],
)
def test_time_grows_with_the_text_and_no_faster(piece):
    def seconds(size):
        text = (piece * size)[:size]
        return min(_timed(text) for _ in range(3))  # the least of three: a neighbour only ever makes it longer

    small, large = max(seconds(6_000), 0.01), seconds(60_000)
    assert large < 25 * small
    assert large < 3
