"""The emotion ablation: what stands in place of a feeling, raters are blind, and figures say what happened."""

import asyncio
import json
from dataclasses import fields, replace

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import OpenAI

from agent.domain.risk import Tier
from classifiers.affect import CIRCUMPLEX
from classifiers.labels import EMOTIONS
from classifiers.reading import EmotionScore, IntentScore, TextReading
from evals.ablation.blind import CONTRASTS, Pair, blinded
from evals.ablation.findings import find
from evals.ablation.judge import Judge
from evals.ablation.play import Answer, Row, Unplayed, played
from evals.ablation.raters import Reflection, Tone
from evals.ablation.readings import NONE, OPPOSITE, Feeling, contradicted, derangement, instead
from evals.ablation.sensor import AlteredSensor
from evals.ablation.statistics import agreement, effect, holm
from evals.ablation.tone import tone
from evals.ablation.turns import Turn, ordinary, sample
from evals.cases import Case, Deed, Say
from evals.transcript import Exchange, Record, Transcript

SAD = Feeling((EmotionScore("sadness", 0.8), EmotionScore("neutral", 0.1)), ("sadness",), 0.9)
READING = TextReading(
    SAD.emotions, SAD.felt, SAD.intensity, IntentScore("vent", 0.9), (0.3, 0.2, 0.1, 0.0), (), "en", "t-1"
)
FEELINGS = st.builds(
    Feeling,
    st.permutations([EmotionScore(label, n / 28) for n, label in enumerate(EMOTIONS)]).map(tuple),
    st.lists(st.sampled_from(EMOTIONS), unique=True, max_size=5).map(tuple),
    st.floats(0, 1),
)


@settings(deadline=None)
@given(st.integers(2, 300), st.integers())
def test_nobody_gets_the_own_feeling_back_when_they_are_shuffled(n, seed):
    order = derangement(n, seed)
    assert sorted(order) == list(range(n))
    assert all(i != j for i, j in enumerate(order))
    assert order == derangement(n, seed)


def test_one_message_alone_cannot_be_shuffled():
    with pytest.raises(ValueError, match="1 messages"):
        derangement(1, 0)


@pytest.mark.parametrize("label", EMOTIONS)
def test_a_contradiction_is_on_the_other_side(label):
    before, after = CIRCUMPLEX[label][0], CIRCUMPLEX[OPPOSITE[label]][0]
    assert before * after < 0 or (before == 0 and OPPOSITE[label] == label)


@settings(deadline=None, max_examples=40)
@given(FEELINGS)
def test_a_contradicted_feeling_is_as_strong_and_still_tells_of_every_label(feeling):
    other = contradicted(feeling)
    assert other.intensity == feeling.intensity
    assert {e.label for e in other.emotions} == set(EMOTIONS)
    assert [e.score for e in other.emotions] == sorted((e.score for e in other.emotions), reverse=True)
    assert set(other.felt) == {OPPOSITE[label] for label in feeling.felt}


@settings(deadline=None, max_examples=40)
@given(FEELINGS)
def test_only_the_emotion_part_of_a_reading_changes(feeling):
    changed = feeling.put(READING)
    for field in fields(TextReading):
        if field.name not in {"emotions", "felt", "intensity"}:
            assert getattr(changed, field.name) == getattr(READING, field.name)
    assert Feeling.of(changed) == feeling
    assert NONE.put(changed).felt == ()


def test_every_turn_gets_one_feeling_in_every_condition():
    true = [replace(SAD, intensity=n / 10) for n in range(10)]
    others = instead(true, 3)
    assert {len(feelings) for feelings in others.values()} == {10}
    assert sorted(f.intensity for f in others["shuffled"]) == [f.intensity for f in true]
    assert list(others["again"]) == true


# The turns


def test_only_messages_without_danger_are_compared():
    turns = ordinary()
    assert len({turn.id for turn in turns}) == len(turns)
    for turn in turns:
        tier = turn.case.said[turn.n].expect.tier
        assert tier is not None
        assert Tier.of(tier[1]) <= Tier.LOW
        assert turn.n == 0 or turn.case.suite == "support"
    support = [turn for turn in turns if turn.case.suite == "support"]
    assert len(support) == sum(len(case.said) for case in {t.case.id: t.case for t in support}.values())


def case(*turns) -> Case:
    return Case(
        id="t-1", suite="support", who="nobody", why="a test", locale="en-GB",
        turns=tuple(Say(say=t, expect={"tier": ("none", "low")}) if isinstance(t, str) else t for t in turns),
    )  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 15), st.integers(0, 5))
def test_a_sample_is_the_same_for_the_same_seed_and_keeps_the_order(limit, seed):
    turns = tuple(Turn(case(*"abcdefghij"), n) for n in range(10))
    chosen = sample(turns, limit, seed)
    assert chosen == sample(turns, limit, seed)
    assert len(chosen) == min(limit, 10)
    assert [turn.n for turn in chosen] == sorted({turn.n for turn in chosen})


def test_a_turn_is_played_with_all_that_came_before_and_nothing_after():
    whole = case("one", Deed(do="wait", hours=2), "two", Deed(do="new_chat"), "three")
    assert [getattr(t, "say", getattr(t, "do", "")) for t in Turn(whole, 1).played().turns] == ["one", "wait", "two"]
    assert Turn(whole, 2).played() == whole


# Playing


class Reads:
    version = "t-1"

    async def read(self, text, before=()):
        del text, before
        return READING


class Echo:
    """A product whose reply says what it was told is felt, and how often it was asked."""

    name = "echo"

    def __init__(self, sensor, danger="") -> None:
        self.sensor, self.danger, self.deaf = sensor, danger, False

    async def play(self, case: Case) -> Transcript:
        transcript = Transcript(case.id)
        for say in case.said:
            felt = () if self.deaf else (await self.sensor.read(say.say)).felt
            origin = "crisis" if say.say == self.danger else "authored"
            record = Record(Tier.NONE, False, False, None, "nobody", False, origin, "listen")
            transcript.events.append(Exchange(say, f"{say.say}: {','.join(felt)}", 0.0, record))
        return transcript


def test_the_feeling_of_the_last_message_alone_is_replaced():
    sensor = AlteredSensor(Reads())
    whole = case("one", "two")
    done = asyncio.run(played(Echo(sensor), sensor, (Turn(whole, 0), Turn(whole, 1)), 1))
    first, second = done.rows
    assert (first.true.reply, second.true.reply) == ("one: sadness", "two: sadness")
    assert second.other["absent"].reply == "two: "
    assert second.other["contradictory"].reply == "two: joy"
    assert second.other["again"].reply == "two: sadness"
    assert all(answer.before for row in done.rows for answer in row.other.values())


def test_a_turn_in_a_talk_that_was_answered_as_danger_is_left_out_and_named():
    sensor = AlteredSensor(Reads())
    whole, other = case("one", "knife", "three"), case("a", "b").model_copy(update={"id": "t-2"})
    turns = (*(Turn(whole, n) for n in range(3)), Turn(other, 1))
    done = asyncio.run(played(Echo(sensor, danger="knife"), sensor, turns, 1))
    assert [row.turn for row in done.rows] == ["t-1/0", "t-2/1"]
    assert done.danger == ("t-1/1", "t-1/2")


def test_a_product_that_does_not_read_with_the_sensor_cannot_be_compared():
    sensor = AlteredSensor(Reads())
    product = Echo(sensor)
    product.deaf = True
    with pytest.raises(Unplayed, match="0 readings"):
        asyncio.run(played(product, sensor, (Turn(case("one", "two"), 1),) * 2, 1))


# Blindness


def answer(reply: str) -> Answer:
    return Answer(reply, "listen", "authored", "none", (), ())


def row(n: int, message: str, true: str, other: str) -> Row:
    others = dict.fromkeys(("absent", "shuffled", "contradictory"), answer(other))
    return Row(f"t-{n}/0", f"t-{n}", "support", message, answer(true), others)


ROWS = [row(n, f"message {n}", f"true {n}", f"other {n}") for n in range(60)]


def test_a_rater_is_given_a_message_and_two_replies_and_nothing_else():
    assert [field.name for field in fields(Pair)] == ["message", "first", "second"]
    assert not hasattr(blinded(ROWS, 1).pairs[0], "__dict__")


def test_the_place_of_a_reply_says_nothing_of_its_condition():
    hidden = blinded(ROWS, 1)
    for contrast in ("absent", "shuffled", "contradictory", "another's"):
        swapped = [key.swapped for key in hidden.keys if key.contrast == contrast]
        assert 15 < sum(swapped) < 45
    told = hidden.opened([1] * len(hidden.pairs))  # somebody who always takes the first
    assert -0.5 < sum(told["absent"].values()) / 60 < 0.5


@settings(deadline=None, max_examples=25)
@given(st.integers())
def test_opened_the_preferences_are_those_for_the_true_reply(seed):
    hidden = blinded(ROWS, seed)
    told = hidden.opened([1 if pair.first.startswith("true") else -1 for pair in hidden.pairs])
    assert {len(told[c]) for c in ("absent", "shuffled", "contradictory")} == {60}
    assert set(told["absent"].values()) == {1}
    assert told["again"] == {}
    own = hidden.opened([1 if pair.first[5:] == pair.message[8:] else -1 for pair in hidden.pairs])
    assert set(own["another's"].values()) == {1}


def test_a_rater_that_cannot_say_is_not_counted_as_a_tie():
    hidden = blinded(ROWS, 1)
    told = hidden.opened([None] * len(hidden.pairs))
    assert set(told["absent"].values()) == {None}
    assert effect("x", "absent", list(told["absent"].values()), [r.case for r in ROWS], 1) is None


# Raters

SAD_MESSAGE = "I cried all the way home from the clinic."


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ("That sounds so sad.", 1.0),
        ("What happened next?", 0.0),
        ("That would make anyone angry.", 0.0),
        ("How wonderful, I'm happy with you!", -1.0),
        ("I'm glad you wrote, sad as it is.", 1.0),
        ("You don't sound sad.", 0.0),
    ],
)
def test_a_reply_that_speaks_of_the_feeling_shown_fits_and_one_of_the_other_side_does_not(reply, score):
    assert tone(SAD_MESSAGE, reply) == score


@pytest.mark.parametrize("message", ["The bus is at nine.", "I'm not sad."])
def test_where_no_feeling_is_shown_nothing_is_said_of_the_tone(message):
    assert tone(message, "That sounds so sad.") is None


@pytest.mark.parametrize("rater", [Tone(), Reflection()])
@settings(deadline=None, max_examples=40)
@given(texts=st.tuples(*[st.sampled_from([SAD_MESSAGE, "So sad.", "How happy!", "The clinic, again?", "Go on."])] * 3))
def test_raters_prefer_the_same_reply_wherever_it_stands(rater, texts):
    straight, turned = rater.prefer([Pair(*texts), Pair(texts[0], texts[2], texts[1])])
    assert straight == turned is None or straight == -turned


def judge(answers) -> Judge:
    def reply(request):
        said = answers(json.loads(request.content)["messages"][1]["content"])
        message = {"role": "assistant", "content": said}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        return httpx.Response(
            200, json={"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
        )

    http = httpx.Client(transport=httpx.MockTransport(reply))
    return Judge(OpenAI(base_url="http://judge.example/v1", api_key="none", http_client=http), "m")


def test_a_judge_counts_only_where_it_holds_to_its_view_with_the_replies_turned_round():
    pairs = [Pair("m", "good", "bad"), Pair("m", "bad", "good"), Pair("m", "same", "same")]
    assert judge(lambda told: "1" if "<reply_1>good" in told else "2").prefer(pairs) == [1, -1, 0]
    assert judge(lambda _: "1").prefer(pairs) == [0, 0, 0], "it takes whatever comes first"
    assert judge(lambda _: "Both are kind.").prefer(pairs) == [None, None, 0]


# Figures


def test_holms_correction_is_the_published_one():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_correcting_never_makes_a_finding_surer(ps):
    corrected = holm(ps)
    assert all(p <= c <= 1 for p, c in zip(ps, corrected, strict=True))


def test_many_turns_of_one_case_count_as_one_case():
    told, cases = [1, 1, -1, 1, 0, 1, -1, 1], list("abcdefgh")
    once = effect("x", "absent", told, cases, 1)
    often = effect("x", "absent", told * 5, cases * 5, 1)
    assert (once.wins, once.ties, once.losses, once.net) == (5, 1, 2, 0.375)
    assert once.p == pytest.approx(0.453, abs=0.001)
    assert (often.net, often.low, often.high, often.p, often.cases) == (once.net, once.low, once.high, once.p, 8)
    assert once.low < once.net < once.high


def test_one_case_alone_proves_nothing():
    only = effect("x", "absent", [1] * 20, ["a"] * 20, 1)
    assert (only.low, only.high, only.p) == (-1.0, 1.0, 1.0)


def test_agreement_is_full_where_all_say_the_same_and_none_where_they_contradict():
    (full,) = agreement({"a": [1, -1, 0, 1], "b": [1, -1, 0, 1]})
    (against,) = agreement({"a": [1, -1, 1, -1], "b": [-1, 1, -1, 1]})
    (nothing,) = agreement({"a": [1, 1, None], "b": [1, 1, 0]})
    assert full.alpha == 1.0
    assert against.alpha < 0
    assert (nothing.alpha, nothing.pairs) == (None, 2)
    assert len(agreement({"a": [1], "b": [0], "c": [1]})) == 4


def test_alpha_is_that_of_the_published_example():
    a = [None] * 5 + [3, 4, 1, 2, 1, 1, 3, 3, None, 3]
    b = [1, None, 2, 1, 3, 3, 4, 3] + [None] * 7
    c = [None, None, 2, 1, 3, 4, 4, None, 2, 1, 1, 3, 3, None, 4]
    of_all, *_ = agreement({"a": a, "b": b, "c": c})
    assert of_all.alpha == pytest.approx(0.811, abs=0.0005)


def test_a_condition_that_is_planted_as_worse_is_found_and_one_that_is_not_is_not():
    rows = [row(n, SAD_MESSAGE, "That sounds sad.", "How happy you must be!") for n in range(20)]
    rows = [replace(r, other=r.other | {"shuffled": r.true}) for r in rows]
    found = {e.contrast: e for e in find(rows, [Tone(), Reflection()], 1).everywhere if e.rater == "tone"}
    assert (found["absent"].net, found["absent"].wins) == (1.0, 20)
    assert found["absent"].holm < 0.001
    assert (found["shuffled"].net, found["shuffled"].ties, found["shuffled"].holm) == (0.0, 20, 1.0)
    assert found["another's"].holm is None, "a check of the raters is none of the planned tests"


def test_how_many_replies_name_the_feeling_is_counted_where_one_is_shown():
    rows = [row(n, SAD_MESSAGE, "That sounds sad.", "How happy you must be!") for n in range(3)]
    true, absent, *_ = find([*rows, row(4, "The bus is late.", "Sad.", "Happy.")], [Tone(), Reflection()], 1).levels
    assert (true.named.right, true.named.of, true.against.right) == (3, 3, 0)
    assert (absent.named.right, absent.against.right, absent.reflects.of) == (0, 3, 4)


def test_how_far_a_condition_reaches_is_counted():
    rows = [*ROWS[:3], row(4, "m", "same", "same")]
    found = find(rows, [Tone(), Reflection()], 1)
    reach = {r.condition: r for r in found.reach}
    assert (reach["absent"].same.right, reach["absent"].same.of, reach["absent"].drifted) == (1, 4, 0)
    assert reach["again"].same.of == 0
    assert set(found.preferred["tone"]) == set(CONTRASTS)
