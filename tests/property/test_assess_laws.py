"""Laws of the assessment: what must hold for every combination of signals."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.risk import Standing, Tier
from agent.domain.turn import PastTurn
from agent.policy.plan import plan
from agent.safety.assess import RiskPolicy, Signals, assess, stepped_down
from agent.safety.hints import Hints
from agent.safety.lexicon import Cue
from classifiers.evidence import Heard
from classifiers.labels import DOMAINS, EMOTIONS, INTENTS, SIGNS
from classifiers.reading import DomainScore, EmotionScore, IntentScore, SignScore, TextReading
from classifiers.text import SPEAKS

POLICY, HINTS = RiskPolicy.load(), Hints.load()
NOW = datetime(2026, 11, 22, tzinfo=UTC)

probability = st.floats(0, 1)
cues = st.builds(
    Cue,
    entry=st.just("x"),
    tier=st.sampled_from(["low", "moderate", "high", "imminent"]),
    domain=st.sampled_from(DOMAINS),
    words=st.just("words"),
    start=st.just(0),
    end=st.just(5),
    frame=st.sampled_from(["now", "past", "other", "negated", "hypothetical"]),
)


@st.composite
def fours(draw: st.DrawFn) -> tuple[float, float, float, float]:
    low, moderate, high, imminent = sorted((draw(probability) for _ in range(4)), reverse=True)
    return low, moderate, high, imminent


@st.composite
def readings(draw: st.DrawFn) -> TextReading:
    return TextReading(
        emotions=tuple(EmotionScore(e, 0.1) for e in EMOTIONS),
        felt=tuple(draw(st.sets(st.sampled_from(EMOTIONS), max_size=3))),
        intensity=draw(probability),
        intent=IntentScore(draw(st.sampled_from(INTENTS)), draw(probability)),
        at_least=draw(fours()),
        in_context=draw(st.none() | fours()),
        domains=tuple(DomainScore(d, draw(probability)) for d in DOMAINS),
        language="en",
        signs=tuple(SignScore(s, draw(probability)) for s in SIGNS),
        doubts=tuple(draw(st.sets(st.sampled_from(["risk", "language", "intent"])))),
    )


signals = st.builds(
    Signals, text=st.text(max_size=60), reading=st.none() | readings(), cues=st.tuples(cues) | st.just(())
)
standings = st.builds(Standing, tier=st.sampled_from(Tier), since=st.just(NOW), calm_turns=st.integers(0, 30))
heard = st.builds(
    lambda signs, steps: Heard(
        tuple(SignScore(s, p) for s, p in zip(SIGNS, signs, strict=True)), tuple(sorted(steps, reverse=True))
    ),
    st.lists(probability, min_size=len(SIGNS), max_size=len(SIGNS)),
    st.lists(probability, min_size=4, max_size=4),
)
histories = st.lists(
    st.builds(
        PastTurn, text=st.text(max_size=20), reply=st.just(""), tier=st.sampled_from(Tier), strategy=st.none(),
        heard=st.none() | heard,
    ),
    max_size=8,
)  # fmt: skip


@given(signals, histories, standings, cues)
def test_another_cue_never_lowers_the_tier(
    given_: Signals, history: list[PastTurn], standing: Standing, more: Cue
) -> None:
    before = assess(given_, history, standing, HINTS, POLICY)
    after = assess(Signals(given_.text, given_.reading, (*given_.cues, more)), history, standing, HINTS, POLICY)
    assert after.tier >= before.tier
    assert after.here >= before.here


@given(signals, histories, standings)
def test_what_stood_before_holds(given_: Signals, history: list[PastTurn], standing: Standing) -> None:
    risk = assess(given_, history, standing, HINTS, POLICY)
    assert risk.tier >= standing.tier
    assert risk.tier == max(risk.here, standing.tier)


@given(signals, histories, standings)
def test_every_tier_above_none_has_a_driver_that_explains_it(
    given_: Signals, history: list[PastTurn], standing: Standing
) -> None:
    risk = assess(given_, history, standing, HINTS, POLICY)
    assert max((d.tier for d in risk.drivers), default=Tier.NONE) == risk.tier


@given(signals, readings(), standings, st.sampled_from(["at_least", "in_context"]), st.integers(0, 3), st.floats(0, 1))
def test_a_more_worried_reader_never_lowers_the_tier(
    given_: Signals, reading: TextReading, standing: Standing, where: str, step: int, rise: float
) -> None:
    worse = list(getattr(reading, where) or (0.0, 0.0, 0.0, 0.0))
    if where == "in_context" and reading.in_context is None:
        reading = replace(reading, in_context=(0.0, 0.0, 0.0, 0.0))
    for k in range(step + 1):
        worse[k] = max(worse[k], rise)
    louder = replace(reading, **{where: tuple(worse)})
    calm = assess(Signals(given_.text, reading, given_.cues), [], standing, HINTS, POLICY)
    loud = assess(Signals(given_.text, louder, given_.cues), [], standing, HINTS, POLICY)
    assert loud.here >= calm.here


def test_what_came_before_can_clear_a_message_up_and_can_darken_it() -> None:
    def here(alone: float, lit: float | None, standing: Standing = Standing()) -> Tier:  # noqa: B008  (frozen)
        steps = None if lit is None else (lit, lit, 0.0, 0.0)
        reading = TextReading(
            (), (), 0.5, IntentScore("vent", 0.9), (alone, alone, 0.0, 0.0),
            tuple(DomainScore(d, 0.6) for d in DOMAINS), "en", in_context=steps,
        )  # fmt: skip
        return assess(Signals("i give up", reading, ()), [], standing, HINTS, POLICY).here

    between = (POLICY.at_least[1] + POLICY.despite_context[1]) / 2
    assert here(between, None) == Tier.MODERATE
    assert here(between, 0.0) < Tier.MODERATE
    assert here(0.3, 0.99) == Tier.MODERATE
    assert here(0.99, 0.0) == Tier.MODERATE
    held = Standing(Tier.MODERATE, ("suicide",), NOW)
    assert here(between, 0.0, held) == Tier.MODERATE
    assert here(0.05, 0.99, held) == Tier.NONE  # what stands is held; it is not heard anew in every message


@given(readings(), histories, st.sampled_from(SIGNS), probability)
def test_one_more_sign_never_lowers_the_tier(
    reading: TextReading, history: list[PastTurn], name: str, more: float
) -> None:
    signs = tuple(replace(s, score=max(s.score, more)) if s.label == name else s for s in reading.signs)
    before = assess(Signals("words", reading, ()), history, Standing(), HINTS, POLICY)
    after = assess(Signals("words", replace(reading, signs=signs), ()), history, Standing(), HINTS, POLICY)
    assert after.tier >= before.tier


@given(readings(), histories, heard)
def test_one_more_turn_that_says_something_never_lowers_the_tier(
    reading: TextReading, history: list[PastTurn], more: Heard
) -> None:
    before = assess(Signals("words", reading, ()), history, Standing(), HINTS, POLICY)
    longer = [PastTurn("", "", Tier.NONE, None, heard=more), *history]
    assert assess(Signals("words", reading, ()), longer, Standing(), HINTS, POLICY).tier >= before.tier


@given(readings(), histories, st.randoms(use_true_random=False))
def test_the_order_of_earlier_turns_does_not_matter(reading: TextReading, history: list[PastTurn], rng: Random) -> None:
    said = [replace(t, text="") for t in history]
    other = list(said)
    rng.shuffle(other)
    now = Signals("words", reading, ())
    one, two = (assess(now, h, Standing(), HINTS, POLICY) for h in (said, other))
    assert one.here == two.here


@given(readings(), histories)
def test_what_was_said_elsewhere_counts_like_what_was_said_here(reading: TextReading, history: list[PastTurn]) -> None:
    said = [replace(t, text="", felt=()) for t in history]
    now = Signals("words", reading, ())
    here = assess(now, said, Standing(), HINTS, POLICY)
    assert assess(now, [], Standing(), HINTS, POLICY, said).here == here.here


def test_being_unsure_is_reason_to_ask_about_suicide() -> None:
    unsure = TextReading(
        (), (), 0.5, IntentScore("vent", 0.9), (0.3, 0.3, 0.0, 0.0), tuple(DomainScore(d, 0.1) for d in DOMAINS), "en",
        doubts=("risk",),
    )  # fmt: skip
    risk = assess(Signals("it is what it is", unsure, ()), [], Standing(), HINTS, POLICY)
    assert (risk.here, risk.domains) == (Tier.LOW, ("suicide",))
    assert plan("it is what it is", unsure, [], risk).check_in
    calm = replace(unsure, at_least=(0.19, 0.19, 0.0, 0.0), doubts=())
    assert assess(Signals("it is what it is", calm, ()), [], Standing(), HINTS, POLICY).here == Tier.NONE
    cleared_up = replace(unsure, in_context=(0.1, 0.1, 0.0, 0.0), doubts=())
    assert assess(Signals("it is what it is", cleared_up, ()), [], Standing(), HINTS, POLICY).here == Tier.NONE


def test_every_message_that_counts_by_itself_is_read_in_context_too() -> None:
    assert min(POLICY.at_least) * POLICY.foreign_factor >= SPEAKS
    assert all(d >= a for d, a in zip(POLICY.despite_context, POLICY.at_least, strict=True))


@given(st.text(min_size=1, max_size=80))
def test_a_failed_reader_raises_caution_unless_the_words_are_plainly_harmless(text: str) -> None:
    risk = assess(Signals(text, None, ()), [], Standing(), HINTS, POLICY)
    assert risk.degraded
    assert risk.here.elevated != HINTS.benign(text)


@given(standings, st.integers(0, 200))
def test_stepping_down_takes_one_step_and_needs_time_and_calm(standing: Standing, hours: int) -> None:
    later = stepped_down(standing, NOW + timedelta(hours=hours), POLICY)
    assert later.tier in {standing.tier, Tier(max(0, standing.tier - 1))}
    if hours < POLICY.step_down_after_hours or standing.calm_turns < POLICY.step_down_after_calm_turns:
        assert later == standing


@pytest.mark.parametrize("takes_back", ["lol forget it", "just kidding", "nvm", "I didn't mean it", "I'm fine now"])
def test_a_denial_does_not_lower_what_stands(takes_back: str) -> None:
    risk = assess(Signals(takes_back, None, ()), [], Standing(Tier.HIGH, ("suicide",), NOW), HINTS, POLICY)
    assert risk.tier == Tier.HIGH


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("I lost my job today.", "What are the tallest bridges near here?"),
        ("My wife died in spring.", "How many sleeping tablets is too many?"),
        ("she left me and took the kids", "what time is the last train through the village"),
    ],
)
def test_a_loss_and_then_a_question_about_means_is_a_sign(before: str, now: str) -> None:
    calm = TextReading((), (), 0.2, IntentScore("seek_information", 0.9), (0.0, 0.0, 0.0, 0.0), (), "en")
    alone = assess(Signals(now, calm, ()), [], Standing(), HINTS, POLICY)
    after = assess(Signals(now, calm, ()), [PastTurn(before, "", Tier.NONE, None)], Standing(), HINTS, POLICY)
    assert not alone.here.elevated
    assert after.here == Tier.MODERATE


@pytest.mark.parametrize(
    ("asked", "answer", "expected"),
    [
        ("I would rather ask: are you thinking about killing yourself?", "yes", Tier.MODERATE),
        ("Have you been thinking about suicide?", "sometimes", Tier.MODERATE),
        ("Have you been thinking about suicide?", "maybe idk", Tier.MODERATE),
        ("Have the thoughts turned into any kind of plan?", "yeah", Tier.HIGH),
        ("Do you have what you would use near you?", "i do", Tier.HIGH),
        ("Have you been thinking about suicide?", "no", Tier.NONE),
        ("Would you like to try a breathing exercise?", "yes", Tier.NONE),
        ("Suicide is a hard word. What was the week like?", "yes it was hard", Tier.NONE),
    ],
)
def test_a_yes_means_what_was_asked(asked: str, answer: str, expected: Tier) -> None:
    calm = TextReading((), (), 0.2, IntentScore("agree", 0.9), (0.0, 0.0, 0.0, 0.0), (), "en")
    risk = assess(Signals(answer, calm, ()), [PastTurn("…", asked, Tier.LOW, "check_in")], Standing(), HINTS, POLICY)
    assert risk.here == expected
    assert (expected == Tier.NONE) or risk.domains == ("suicide",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tonight maybe. ive got what i need in the shed", Tier.IMMINENT),
        ("everything is ready", Tier.HIGH),
        ("when they are asleep", Tier.MODERATE),
        ("the garden is nice", Tier.NONE),
    ],
)
def test_time_and_means_named_while_risk_stands_are_not_harmless(text: str, expected: Tier) -> None:
    calm = TextReading((), (), 0.2, IntentScore("vent", 0.9), (0.0, 0.0, 0.0, 0.0), (), "en")
    standing = Standing(Tier.HIGH, ("suicide",), NOW)
    assert assess(Signals(text, calm, ()), [], standing, HINTS, POLICY).here == expected
    assert assess(Signals(text, calm, ()), [], Standing(), HINTS, POLICY).here == Tier.NONE


@pytest.mark.parametrize(
    ("frame", "text", "expected"),
    [
        ("now", "The rope is in front of me, and tonight I do it.", Tier.IMMINENT),
        ("now", "The rope is in front of me.", Tier.MODERATE),
        ("now", "Tonight I do it.", Tier.MODERATE),
        ("past", "The rope was ready, tonight I am glad.", Tier.LOW),
        ("other", "The rope is in front of her, tonight, she says.", Tier.LOW),
    ],
)
def test_a_wish_to_die_with_means_and_a_time_is_imminent(frame: str, text: str, expected: Tier) -> None:
    cue = Cue("x", "moderate", "suicide", "die", 0, 3, frame)
    calm = TextReading((), (), 0.2, IntentScore("vent", 0.9), (0.0, 0.0, 0.0, 0.0), (), "en")
    assert assess(Signals(text, calm, (cue,)), (), Standing(), HINTS, POLICY).tier == expected
