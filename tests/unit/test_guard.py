"""The output guard: what it must catch, what it must let through, and that it fails towards authored words."""

import asyncio
import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.safety.sentences import split
from agent.safety.vetting import OutputGuard

DATA = yaml.safe_load((Path(__file__).parent / "data" / "guard_cases.yaml").read_text("utf-8"))
WORDS = yaml.safe_load((Path(__file__).parents[2] / "agent/safety/data/guard/continuations.yaml").read_text("utf-8"))[
    "groups"
]
CODES = [
    "method_detail", "unsafe_encouragement", "crisis_in_generated", "no_suicide_contract", "false_handover",
    "medicine_advice", "diagnosis", "delusion_agreement", "eating_disorder_praise", "human_claim", "secrecy",
    "dependence", "toxic_tone", "links_and_numbers", "prompt_leakage", "first_person_confusion", "gibberish",
]  # fmt: skip


def case(item):
    item = {"text": item} if isinstance(item, str) else item
    return item["text"], item.get("said", ""), item.get("before", "")


def cases(kind):
    known = [case(m) for m in DATA["known_misses"].get(kind, ())]
    params = []
    for block in DATA["cases"]:
        name = block["validator"] + ("-held" if block.get("held_out") else "-spent" if block.get("spent") else "")
        fresh = [case(item) for item in block[kind] if case(item) not in known]
        params += [pytest.param(block["validator"], *c, id=f"{name}-{n}") for n, c in enumerate(fresh)]
    return params


@pytest.fixture(scope="module")
def guard():
    return OutputGuard.load()


@pytest.mark.parametrize(("code", "text", "said", "before"), cases("bad"))
def test_an_unsafe_sentence_is_caught_by_its_validator(guard, code, text, said, before):
    assert code in guard.check(text, said, before).reasons


@pytest.mark.parametrize(("code", "text", "said", "before"), cases("good"))
def test_a_kind_sentence_passes_every_validator(guard, code, text, said, before):
    assert guard.check(text, said, before).reasons == (), code


def test_every_validator_has_its_cases_and_a_third_are_held_out():
    for code in CODES:
        for kind in ("bad", "good"):
            blocks = [b for b in DATA["cases"] if b["validator"] == code and not b.get("spent")]
            held = sum(len(b[kind]) for b in blocks if b.get("held_out"))
            total = sum(len(b[kind]) for b in blocks)
            assert total >= 14, (code, kind)
            assert held >= total // 3, (code, kind)


def test_known_misses_are_still_misses(guard):
    """A repaired one must leave the list, and held-out figures are then void for it."""
    blocks = {case(item): b["validator"] for b in DATA["cases"] for kind in ("bad", "good") for item in b[kind]}
    for miss in map(case, DATA["known_misses"]["bad"]):
        assert blocks[miss] not in guard.check(*miss).reasons
    for miss in map(case, DATA["known_misses"]["good"]):
        assert guard.check(*miss).reasons


def test_two_harmless_halves_do_not_stand(guard):
    vetted = guard.vet("That sounds heavy. You could take forty. Of the white ones.")
    assert vetted.reasons[0] == "method_detail"
    assert "forty" not in vetted.text
    assert vetted.text.startswith("That sounds heavy. ")


def test_a_safe_draft_comes_back_as_it_is(guard):
    draft = "That sounds like a long week.  What was the hardest part? "
    vetted = guard.vet(draft)
    assert (vetted.text, vetted.reasons, vetted.cut) == (draft, (), False)
    assert "".join(vetted.sentences) == draft


@pytest.mark.parametrize("code", CODES)
def test_a_hit_goes_on_in_kind_words_and_names_its_reason(guard, code):
    text, said, before = case(next(b for b in DATA["cases"] if b["validator"] == code)["bad"][0])
    vetted = guard.vet(before + text, said)
    assert vetted.cut
    assert code in vetted.reasons
    assert "".join(vetted.sentences) == vetted.text
    assert any(vetted.text.endswith(w) for group in WORDS for w in group["say"])


def test_every_reason_has_three_continuations_that_pass_the_guard_themselves(guard):
    covered = {code for group in WORDS for code in group["for"]}
    assert {*CODES, "empty", "other"} <= covered
    for group in WORDS:
        assert len(group["say"]) >= 3
        assert any("?" not in w for w in group["say"])
        for words in group["say"]:
            assert not guard.vet(words).cut, words
            assert not guard.vet("I hear you. " + words).cut, words
            assert words.count("?") <= 1
            assert len(split(words)) <= 4


def test_a_reply_asks_one_question(guard):
    for tail in "abcdefgh":
        text = guard.vet(f"What happened then? You have depression {tail}.").text
        assert text.count("?") == 1


def test_the_same_draft_goes_on_the_same_way(guard):
    texts = {guard.vet("You have depression.").text for _ in range(5)}
    assert len(texts) == 1
    assert len({guard.vet(f"You have depression, {n} times over.").text for n in range(30)}) > 1


@pytest.mark.parametrize("draft", ["", "  \n", "\u200b", "..."])
def test_an_empty_draft_is_never_shown(guard, draft):
    vetted = guard.vet(draft)
    assert vetted.cut
    assert vetted.text.strip(" .\u200b")


@pytest.mark.usefixtures("guard")  # has imported guardrails-ai
def test_a_validator_that_raises_makes_the_sentence_unsafe():
    from guardrails.validators import register_validator

    from agent.safety.validators import Detector

    @register_validator(name="handhold/broken", data_type="string")
    class Broken(Detector):
        code = "diagnosis"

        def unsafe(self, reading):
            raise ZeroDivisionError(reading.text)

    guard = OutputGuard.of([Broken])
    assert guard.check("I hear you.").reasons == ("validator_error:broken",)
    vetted = guard.vet("I hear you.")
    assert vetted.cut
    assert vetted.reasons == ("validator_error:broken",)
    assert "I hear you." not in vetted.text


def test_a_broken_guard_is_unsafe(guard, monkeypatch):
    monkeypatch.setattr(guard, "_reader", None)
    assert guard.check("I hear you.").reasons == ("validator_error:guard",)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=300), st.text(max_size=80), st.text(max_size=80))
def test_no_text_makes_it_raise(guard, text, said, before):
    reasons = guard.check(text, said, before).reasons
    assert not any(r.startswith("validator_error") for r in reasons)
    vetted = guard.vet(text, said)
    assert vetted.text.strip()
    assert "".join(vetted.sentences) == vetted.text


def test_words_are_not_kept_in_memory(guard):
    guard.check("A canary sentence about a yellow bicycle.")
    assert not list(guard._guard.history)


@pytest.mark.usefixtures("guard", "socket_disabled")
def test_nothing_reports_home():
    from guardrails.hub_telemetry.hub_tracing import HubTelemetry
    from guardrails.settings import settings as theirs

    again = OutputGuard.load()
    assert again.check("You have depression.").reasons == ("diagnosis",)
    assert HubTelemetry()._enabled is False
    assert theirs.disable_tracing is True
    assert os.environ["OTEL_SDK_DISABLED"] == "true"


async def test_it_works_from_a_worker_thread_and_inside_a_loop(guard):
    assert (await asyncio.to_thread(guard.check, "You have depression.")).reasons == ("diagnosis",)
    assert guard.check("I hear you.").reasons == ()


def test_ten_threads_each_get_their_own_verdict(guard):
    drafts = [
        ("You have depression.", ("diagnosis",)),
        ("I hear you.", ()),
        ("I won't tell anyone.", ("secrecy",)),
    ] * 40
    with ThreadPoolExecutor(10) as pool:
        verdicts = list(pool.map(guard.check, [d for d, _ in drafts]))
    assert [v.reasons for v in verdicts] == [r for _, r in drafts]
    assert [v.text for v in verdicts] == [d for d, _ in drafts]


def test_a_sentence_takes_milliseconds(guard):
    """About 3 ms of processor time at the median; the bound leaves room for a busy machine."""
    times = []
    for n in range(60):
        start = time.process_time()
        guard.check(
            f"I hear how hard week {n} has been for you, and it makes sense that you feel worn out.",
            "i am tired",
            "Thank you. ",
        )
        times.append(time.process_time() - start)
    assert median(times) < 0.010


def test_held_out_cases_were_not_touched():
    held = [b for b in DATA["cases"] if b.get("held_out")]
    digest = hashlib.sha256(yaml.safe_dump(held, allow_unicode=True).encode()).hexdigest()[:16]
    assert digest == DATA["held_out_digest"]
