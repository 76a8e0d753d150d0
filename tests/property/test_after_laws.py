"""Laws of what comes after a case: misuse lowers order and nothing else; nothing unsure leaves a message unmarked."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from inspect import signature
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.escalation import Waiting
from agent.domain.misuse import AFTER, WITHIN, Verdict, lowered, misuses
from agent.domain.risk import Tier
from agent.domain.roster import Counsellor
from agent.escalation.alerts import ladder_policy
from agent.escalation.alerts.ladder import next_action
from agent.escalation.desk.order import deadline, right_ones
from agent.privacy.deidentify import CLOSE, OPEN, PLACEHOLDERS, common_words, deidentify
from agent.storage.repositories.cases import Case

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
POLICY = ladder_policy.load()
ME = Counsellor(UUID(int=1), "Ada", supervisor=False)
moments = st.integers(-50 * 24 * 60, 0).map(lambda m: NOW + timedelta(minutes=m))
said = st.sampled_from(["true_alarm", "missed", "false_alarm", "misuse", "could_not_reach", "lifted"])
verdicts = st.lists(st.builds(Verdict, moments, said), max_size=8)


def case(n: int, tier: Tier, needed_at: datetime, *, low: bool, language: str = "en") -> Case:
    person = UUID(int=n)
    return Case(
        person, person, person, tier, ("suicide",), "open", False, needed_at, needed_at, needed_at, None, None, None,
        None, None, needed_at, False, low, False, None, None, language,
    )  # fmt: skip


queues = st.lists(
    st.tuples(st.sampled_from(list(Tier)[1:]), moments, st.booleans(), st.sampled_from(["en", "es"])), max_size=9
).map(lambda rows: [case(n + 1, t, at, low=low, language=code) for n, (t, at, low, code) in enumerate(rows)])


@given(queues)
def test_lowering_leaves_nobody_out_and_moves_nobody_past_another_tier(queue: list[Case]) -> None:
    ordered = right_ones(queue, ME, POLICY, NOW)
    level = right_ones([replace(c, lowered=False) for c in queue], ME, POLICY, NOW)
    assert {c.id for c in ordered} == {c.id for c in level} == {c.id for c in queue}
    assert [c.tier for c in ordered] == [c.tier for c in level]
    assert all(deadline(c, POLICY) == deadline(replace(c, lowered=not c.lowered), POLICY) for c in queue)


@given(queues)
def test_at_imminent_the_order_is_the_same_whether_lowered_or_not(queue: list[Case]) -> None:
    def first(cases: list[Case]) -> list[UUID]:
        return [c.id for c in right_ones(cases, ME, POLICY, NOW) if c.tier == Tier.IMMINENT]

    assert first(queue) == first([replace(c, lowered=False) for c in queue])


def test_a_lowered_case_stands_behind_every_other_of_its_tier() -> None:
    old, new = (case(n, Tier.HIGH, NOW - timedelta(minutes=m), low=n == 1) for n, m in ((1, 50), (2, 1)))
    assert [c.id for c in right_ones([old, new], ME, POLICY, NOW)] == [new.id, old.id]


def test_the_ladder_cannot_know_of_it() -> None:
    assert not {"lowered", "outcome", "misuse"} & set(Waiting.__dataclass_fields__)
    assert set(signature(next_action).parameters) == {"case", "roster", "policy", "now"}


@given(verdicts)
def test_imminent_danger_is_never_lowered(told: list[Verdict]) -> None:
    assert not lowered(Tier.IMMINENT, told, NOW)


@given(verdicts, st.sampled_from([Tier.LOW, Tier.MODERATE, Tier.HIGH]))
def test_real_danger_or_a_lift_clears_what_was_before(told: list[Verdict], tier: Tier) -> None:
    for clears in ("true_alarm", "missed", "lifted"):
        assert not lowered(tier, [*told, Verdict(NOW, clears)], NOW)  # type: ignore[arg-type]
    assert lowered(tier, [*told, *(Verdict(NOW + timedelta(seconds=n), "misuse") for n in (1, 2))], NOW) or AFTER > 2


@given(verdicts)
def test_it_takes_two_within_a_month(told: list[Verdict]) -> None:
    counted = misuses(told, NOW)
    assert all(at > NOW - WITHIN for at in counted)
    assert lowered(Tier.HIGH, told, NOW) == (len(counted) >= 2)
    assert not lowered(Tier.HIGH, [Verdict(NOW, "misuse")], NOW)
    assert not misuses([Verdict(NOW - timedelta(days=31), "misuse")] * 3, NOW)


#: What was decided about: a placeholder, or anything within marks.
_DECIDED = re.compile(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}|{'|'.join(map(re.escape, PLACEHOLDERS))}")
_LEFT = re.compile(r"\w+(?:'\w+)*")
_CAPITALS = {
    "i", "i'm", "i've", "i'll", "i'd", "ok", "tv", "gp", "er", "uk", "us", "usa", "nhs", "english", "god", "monday",
    "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "christmas", "easter", "mum", "mom", "dad",
    "gran", "grandma", "grandpa", "nan", "mummy", "daddy", "mother", "father",
}  # fmt: skip


@given(st.text(max_size=120) | st.lists(st.sampled_from(
    ["my", "friend", "Sarah", "sarah", "Zbigniew", "at", "Kwikfit", "07700900123", "a.b@mail.example", "@ghost", "2019",
     "hope", "Hope", ".", "tonight", "⟦x⟧", "⟧", "[name]", "20mg", "ward7b", "O'Brien", "día", "小明"]), max_size=14
).map(" ".join))  # fmt: skip
def test_whatever_is_left_unmarked_is_a_common_word_or_a_small_number(text: str) -> None:
    left = _DECIDED.sub(" ", deidentify(text))
    assert OPEN not in left
    assert CLOSE not in left
    for word in _LEFT.findall(left):
        small = re.fullmatch(r"\d{1,3}[a-zA-Z]{0,4}", word)
        assert small or word.lower() in common_words() or word.lower() in _CAPITALS, word


TELLING = [
    ("write to jo.smith+1@mail.example please", "jo.smith", "[email]"),
    ("jo at gmail dot com", "gmail", "[email]"),
    ("see https://site.example/me?u=jo", "site.example", "[link]"),
    ("call 07700 900 123", "900", "[number]"),
    ("call +44 (0)7700-900123 now", "7700", "[number]"),
    ("zero seven seven double zero nine", "seven", "[number]"),
    ("i was born on 12/03/1994", "1994", "[date]"),
    ("it was the 3rd of March 2019", "March", "[date]"),
    ("since 2014 it is bad", "2014", "[date]"),
    ("i live at 14b Elm Tree Road", "Elm", "[place]"),
    ("postcode LS1 4AP", "4AP", "[place]"),
    ("my insta is dark_angel99", "dark_angel", "[handle]"),
    ("find me @ghost.kid", "ghost", "[handle]"),
    ("ghost#1234 on there", "1234", "[handle]"),
    ("my name is siobhan and siobhan is done", "siobhan", "[name]"),
    ("my sister Aoife left. AOIFE never cared", "aoife", "[name]"),
    ("Dr Okonkwo said no", "okonkwo", "[name]"),
]


@pytest.mark.parametrize(("text", "gone", "instead"), TELLING)
def test_what_tells_somebody_apart_is_gone(text: str, gone: str, instead: str) -> None:
    told = deidentify(text)
    assert gone.lower() not in told.lower()
    assert instead in told


def test_what_the_reader_learns_from_stays_as_it_was_said() -> None:
    said = "i cant go on, i'm taking the tablets tonight at 6.40, 20 of them. im 14 and my mum doesn't know"
    assert deidentify(said) == said


def test_a_name_that_no_rule_knows_is_marked() -> None:
    assert deidentify("and then zbigniew hit me") == "and then ⟦zbigniew⟧ hit me"
    assert deidentify("I told Rose. Hope was there") == "I told ⟦Rose⟧. ⟦Hope⟧ was there"
