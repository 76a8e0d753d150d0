"""Laws of the written policy for trusted contacts: nobody is written to unless every condition stands."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.quiet_hours import QuietHours
from agent.domain.risk import Tier
from agent.escalation.trusted import policy as trusted_policy
from agent.escalation.trusted.rules import Ask, may_reach

NIGHT = QuietHours(time(22), time(8), ZoneInfo("Europe/London"))
POLICY = trusted_policy.load(NIGHT)
#: One that an organisation made looser than ours: moderate risk is enough by day.
LOOSE = replace(POLICY, tiers=frozenset({Tier.MODERATE, Tier.HIGH, Tier.IMMINENT}))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD = Ask(
    tier=Tier.HIGH, owner=True, mail=True, contact=True, told=True,
    reason="She named a place and a time.", tried=frozenset({"talked"}),
)  # fmt: skip
flags = st.booleans()
asks = st.builds(
    Ask, tier=st.sampled_from(list(Tier)), owner=flags, mail=flags, contact=flags, told=flags,
    reason=st.sampled_from(["", "now", "She named a place and a time."]) | st.text(max_size=60),
    tried=st.frozensets(st.sampled_from([*POLICY.tried, "made_up"])), reached=st.integers(0, 3),
    allowed=st.integers(0, 3),
)  # fmt: skip
moments = st.integers(0, 47).map(lambda hours: NOON + timedelta(hours=hours))


def test_it_is_allowed_at_all() -> None:
    assert may_reach(GOOD, POLICY, NOON) == ()
    assert may_reach(replace(GOOD, tried=frozenset({"no_time"})), POLICY, NOON) == ()


@given(asks, moments)
def test_a_yes_means_that_every_condition_stands(ask: Ask, now: datetime) -> None:
    if may_reach(ask, POLICY, now):
        return
    assert ask.tier in {Tier.HIGH, Tier.IMMINENT}
    assert ask.owner
    assert ask.mail
    assert ask.contact
    assert ask.told
    assert ask.reached <= ask.allowed
    assert len(ask.reason.split()) >= 5
    assert ask.tried & POLICY.tried.keys()


@given(asks, moments)
def test_at_night_moderate_risk_is_no_reason_however_loose_the_policy_is(ask: Ask, now: datetime) -> None:
    quiet = ask.tier <= Tier.MODERATE and NIGHT.until(now) is not None
    assert ("night" in may_reach(ask, LOOSE, now)) == quiet


@given(asks, moments)
def test_giving_a_reason_mends_nothing_else(ask: Ask, now: datetime) -> None:
    better = replace(ask, reason=GOOD.reason, tried=GOOD.tried)
    before, after = set(may_reach(ask, POLICY, now)), set(may_reach(better, POLICY, now))
    assert before - after <= {"reason", "not_tried"}
    assert after <= before


BREAKS = [
    ("no_mail", {"mail": False}), ("no_contact", {"contact": False, "told": False}), ("not_told", {"told": False}),
    ("not_yours", {"owner": False}), ("tier", {"tier": Tier.MODERATE}), ("once", {"reached": 1}),
    ("once", {"reached": 2, "allowed": 1}), ("reason", {"reason": "because"}), ("not_tried", {"tried": frozenset()}),
    ("not_tried", {"tried": frozenset({"made_up"})}),
]  # fmt: skip


@pytest.mark.parametrize(("missing", "change"), BREAKS)
def test_each_condition_alone_is_enough_to_say_no_and_is_named(missing: str, change: dict) -> None:
    assert may_reach(replace(GOOD, **change), POLICY, NOON) == (missing,)
    assert POLICY.missing[missing]


def test_once_more_needs_a_supervisor_each_time() -> None:
    assert may_reach(replace(GOOD, reached=1, allowed=1), POLICY, NOON) == ()


def test_what_the_contact_reads_never_says_why() -> None:
    for words in (POLICY.test, POLICY.reach):
        said = f"{words.subject} {words.body}".lower()
        assert "{called}" in said
        assert "{link}" in said
        for betrayal in ("suicid", "kill", "die", "self-harm", "crisis", "risk", "mental", "depress", "case"):
            assert betrayal not in said, betrayal
