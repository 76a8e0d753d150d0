"""Laws of the authored composer that hold for any text."""

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.risk import Tier
from agent.domain.turn import Conditioning, PastTurn, Plan, Strategy
from agent.generation.composer import Composer
from classifiers.labels import EMOTIONS, INTENTS

COMPOSER = Composer.load()
MOST_WORDS = 90

#: Any characters at all: lone surrogates, controls, emoji, braces.
anything = st.text(st.characters(codec=None), max_size=400)
PHRASES = [
    "i", "my", "mum", "died", "exam", "on friday", "can't sleep", "row with", "my sister", "{person}", "{0}", "so sad",
    "worthless", "😭", "\ud800", "?", "!", "ok", "no", "yes", "it's", "lost my job", "money", "for three months",
    "my baby", "you're a bot", "stop asking", "should i double my tablets", "do i have depression",
]  # fmt: skip
chatty = st.lists(st.sampled_from(PHRASES), max_size=30).map(" ".join)
texts = st.one_of(
    anything, chatty, anything.map(lambda t: (t or "x") * 40), st.just("a" * 10_000), st.just("so tired " * 1_200)
)
strategies = st.sampled_from(get_args(Strategy))
past = st.builds(
    PastTurn,
    text=chatty,
    reply=st.sampled_from(["That's hard. What happened?", ""]),
    tier=st.just(Tier.NONE),
    strategy=strategies,
    technique=st.sampled_from([None, "box_breathing", "unknown"]),
    intent=st.sampled_from(INTENTS),
    pieces=st.lists(
        st.sampled_from([p.id for p in COMPOSER.shelf.pieces()] + ["offered/box_breathing", "x"]), max_size=4
    ).map(tuple),
)
conditions = st.builds(
    Conditioning,
    text=texts,
    felt=st.lists(st.sampled_from(EMOTIONS), max_size=3).map(tuple),
    intensity=st.floats(0, 1),
    intent=st.sampled_from(INTENTS),
    tier=st.sampled_from(list(Tier)),
    plan=st.builds(Plan, strategies, st.sampled_from([None, "breathing_slow", "unknown"]), st.booleans()),
    locale=st.sampled_from(["en-US", "de-DE", "pt-BR", ""]),
    history=st.lists(past, max_size=6).map(tuple),
)


@settings(max_examples=300, deadline=None)
@given(conditions)
def test_any_text_gets_a_short_clean_reply(c: Conditioning) -> None:
    draft = COMPOSER.compose(c)
    assert draft.text.strip()
    assert len(draft.text.split()) < MOST_WORDS
    assert draft.text.count("?") <= 1
    assert "{" not in draft.text
    assert "}" not in draft.text
    assert draft.origin == "authored"
    draft.text.encode()


@settings(max_examples=150, deadline=None)
@given(conditions)
def test_any_text_gets_a_reflection_without_a_question(c: Conditioning) -> None:
    draft = COMPOSER.reflection(c)
    assert draft.text.strip()
    assert "?" not in draft.text
    assert "{" not in draft.text


@settings(max_examples=100, deadline=None)
@given(conditions)
def test_composing_is_pure(c: Conditioning) -> None:
    assert COMPOSER.compose(c) == COMPOSER.compose(c)
