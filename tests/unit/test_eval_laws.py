"""What must hold in every conversation is found broken where it is broken, and not elsewhere."""

from dataclasses import replace

import pytest

from agent.domain.risk import Tier
from evals.cases import Deed, Say
from evals.scorers.laws import laws
from evals.transcript import Exchange, Record

CALM = Record(
    tier=Tier.NONE, card=False, case=False, case_first=None, reached="nobody", on_duty=False, origin="authored",
    strategy="listen",
)  # fmt: skip
GRAVE = replace(CALM, tier=Tier.HIGH, card=True, case=True, case_first=True, reached="listed")


def exchange(record: Record | None, reply: str = "I hear you.") -> Exchange:
    return Exchange(Say(say="words"), reply, 0.1, record)


def broken(this: Exchange, *before: Exchange | Deed, silent: bool = False) -> set[str]:
    return {verdict.code for verdict in laws(this, before, silent=silent) if not verdict.ok}


def test_ordinary_talk_and_danger_with_its_case_and_card_break_nothing():
    assert broken(exchange(CALM)) == set()
    assert broken(exchange(GRAVE), exchange(CALM)) == set()
    assert broken(exchange(replace(GRAVE, card=False)), exchange(GRAVE)) == set()


def test_no_reply_is_right_only_while_a_counsellor_talks():
    assert broken(exchange(CALM, " ")) == {"answers"}
    assert broken(exchange(replace(GRAVE, card=False), ""), exchange(GRAVE), silent=True) == set()


def test_risk_that_falls_by_itself_is_found_also_in_a_new_chat():
    fallen = replace(GRAVE, tier=Tier.LOW, card=False)
    assert "holds" in broken(exchange(fallen), exchange(GRAVE))
    assert "holds" in broken(exchange(fallen), exchange(GRAVE), Deed(do="new_chat"))


@pytest.mark.parametrize("settled", [Deed(do="close", outcome="false_alarm"), Deed(do="wait", hours=72)])
def test_a_counsellor_and_time_may_settle_it(settled: Deed):
    assert broken(exchange(CALM), exchange(GRAVE), settled) == set()


def test_danger_without_a_case_or_without_the_card_at_first_is_found():
    assert broken(exchange(replace(GRAVE, case=False))) == {"case_with_danger"}
    assert broken(exchange(replace(GRAVE, card=False))) == {"card_with_danger"}


def test_where_the_record_tells_no_tier_only_the_answer_is_looked_at():
    assert [v.code for v in laws(exchange(None), (), silent=False)] == ["answers"]
    assert [v.code for v in laws(exchange(replace(GRAVE, tier=None)), (), silent=False)] == ["answers"]
