"""Laws of the ladder and of a case's life: nobody waits for ever, nobody is asked twice in one breath."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.escalation import OWNED, TRANSITIONS, Lease, OnDuty, Page, Roster, Waiting, after
from agent.domain.quiet_hours import QuietHours
from agent.domain.risk import Tier
from agent.errors import Conflict
from agent.escalation.alerts.ladder import Action, Alert, LadderPolicy, Lapse, Rung, Wait, next_action

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RUNGS = (
    Rung("on_duty", timedelta(0)), Rung("next", 2 * MINUTE), Rung("supervisor", 4 * MINUTE),
    Rung("outside", 6 * MINUTE),
)  # fmt: skip
ELEVATED = (Tier.MODERATE, Tier.HIGH, Tier.IMMINENT)
POLICY = LadderPolicy(dict.fromkeys(ELEVATED, RUNGS), dict.fromkeys(ELEVATED, 5 * MINUTE), 3 * MINUTE)
ids = st.integers(1, 9).map(lambda n: UUID(int=n))
moments = st.integers(-3600, 7200).map(lambda s: NOW + timedelta(seconds=s))
domains = st.sets(st.sampled_from(["suicide", "self_harm", "abuse"])).map(lambda found: tuple(sorted(found)))
people = st.builds(
    OnDuty, ids, st.booleans(), st.sampled_from([("en",), ("en", "es"), ("es",)]), domains, load=st.integers(0, 6),
    cap=st.integers(1, 4), back_at=st.none() | st.just(NOW + timedelta(minutes=5)),
)  # fmt: skip
rosters = st.builds(Roster, st.lists(people, max_size=5, unique_by=lambda p: p.id).map(tuple), st.booleans())
leases = st.builds(Lease, ids, moments, st.integers(1, 99))
waiting = st.builds(
    Waiting, ids, st.sampled_from(list(TRANSITIONS)), st.sampled_from(ELEVATED), moments, st.just(("en",)),
    st.none() | leases, domains=domains,
)  # fmt: skip


def opened(tier: Tier = Tier.HIGH) -> Waiting:
    return Waiting(UUID(int=7), "open", tier, NOW)


def done(case: Waiting, action: Action, now: datetime, *, taken: bool = True) -> Waiting:
    """The case after its page was handed to a channel, or refused by all of them."""
    assert isinstance(action, Alert)
    page = Page(action.step, action.to, now, failed_at=None if taken else now)
    return replace(case, pages=(*case.pages, page))


@given(waiting, rosters, moments)
def test_the_same_question_has_the_same_answer_and_it_fits_the_state(
    case: Waiting, roster: Roster, now: datetime
) -> None:
    action = next_action(case, roster, POLICY, now)
    assert action == next_action(case, roster, POLICY, now)
    if isinstance(action, Alert):
        assert case.status == "open"
    if isinstance(action, Lapse):
        assert case.status in OWNED


@given(rosters, st.sampled_from(ELEVATED), st.integers(-3600, 3600), st.booleans())
def test_an_open_case_is_never_without_a_next_step(roster: Roster, tier: Tier, seconds: int, taken: bool) -> None:
    case, now = opened(tier), NOW + timedelta(seconds=seconds)
    for _ in range(60):
        action = next_action(case, roster, POLICY, now)
        if isinstance(action, Wait):
            assert action.until is not None
            assert action.until > now
            assert action.until - max(now, NOW) <= 5 * MINUTE
            return
        case = done(case, action, now, taken=taken)
    raise AssertionError("it asks without end")


def _anybody(roster: Roster) -> bool:
    return bool(roster.on_duty) or roster.outside


def alerts(roster: Roster, count: int) -> list[tuple[timedelta, int]]:
    """When each alert goes out if nobody answers, and its step."""
    case, now, asked = opened(), NOW, list[tuple[timedelta, int]]()
    while len(asked) < count:
        action = next_action(case, roster, POLICY, now)
        if isinstance(action, Alert):
            asked.append((now - NOW, action.step))
            case = done(case, action, now)
        else:
            assert isinstance(action, Wait)
            assert action.until is not None
            now = action.until
    return asked


@given(rosters.filter(_anybody))
def test_the_first_alert_is_at_once_and_no_later_one_keeps_a_case_waiting(roster: Roster) -> None:
    asked = [at for at, _ in alerts(roster, 12)]
    assert asked[0] == timedelta(0)
    assert max(b - a for a, b in pairwise(asked)) <= POLICY.again[Tier.HIGH]


def test_a_full_roster_is_climbed_rung_by_rung() -> None:
    everybody = Roster((OnDuty(UUID(int=1)), OnDuty(UUID(int=2)), OnDuty(UUID(int=3), supervisor=True)), outside=True)
    assert [at // MINUTE for at, _ in alerts(everybody, 7)] == [0, 2, 4, 6, 11, 16, 21]


def test_who_comes_on_duty_late_is_asked_before_the_outside_contact_is_asked_again() -> None:
    night = tuple(Page(n, "outside", NOW + n * 5 * MINUTE) for n in (3, 4, 5))
    case, morning = replace(opened(), pages=night), NOW + 60 * MINUTE
    early, late = OnDuty(UUID(int=1)), OnDuty(UUID(int=2))
    first = next_action(case, Roster((early,), outside=True), POLICY, morning)
    assert first == Alert(6, early.id)
    case = done(case, first, morning)
    assert next_action(case, Roster((early, late), outside=True), POLICY, morning + 5 * MINUTE) == Alert(7, late.id)


@given(rosters.filter(lambda r: len(r.on_duty) > 0))
def test_a_case_that_waits_long_comes_back_to_everybody_on_duty(roster: Roster) -> None:
    case, now = opened(), NOW
    while len(case.pages) < 4 * (len(roster.on_duty) + 1) * len(RUNGS):
        action = next_action(case, roster, POLICY, now)
        if isinstance(action, Wait):
            assert action.until is not None
            now = action.until
        else:
            case = done(case, action, now)
    for one in roster.on_duty:
        assert [page.to for page in case.pages].count(one.id) >= 2, "not once and then never again"


def test_a_counsellor_who_vanishes_in_quiet_hours_is_made_up_for_at_once() -> None:
    quiet = replace(POLICY, quiet=QuietHours(time(22), time(7), ZoneInfo("UTC")))
    case = opened(Tier.MODERATE)
    there = Roster((OnDuty(UUID(int=1), supervisor=True),))
    assert isinstance(next_action(case, there, quiet, NOW), Wait)
    assert next_action(replace(case, lapsed=True), there, quiet, NOW) == Alert(0, UUID(int=1))


@given(st.sampled_from(ELEVATED), st.integers(0, 100))
def test_a_case_is_late_after_its_time_and_not_for_what_quiet_hours_hold_back(tier: Tier, minutes: int) -> None:
    policy = replace(POLICY, within=dict.fromkeys(ELEVATED, 30 * MINUTE))
    assert policy.overdue(tier, NOW - minutes * MINUTE, NOW) == (minutes > 30)
    quiet = replace(policy, quiet=QuietHours(time(22), time(7), ZoneInfo("UTC")))
    assert quiet.overdue(tier, NOW - minutes * MINUTE, NOW) == (minutes > 30 and tier > Tier.MODERATE)


def test_nobody_on_duty_goes_to_the_outside_contact_in_one_breath() -> None:
    case, asked = opened(), []
    while isinstance(action := next_action(case, Roster(outside=True), POLICY, NOW), Alert):
        asked.append(action)
        case = done(case, action, NOW)
    assert [a.to for a in asked] == ["outside"]
    assert asked[0].step == len(RUNGS) - 1


def test_a_supervisor_who_is_not_there_is_passed_over() -> None:
    one = OnDuty(UUID(int=1))
    case = replace(opened(), pages=(Page(0, one.id, NOW), Page(1, one.id, NOW + 2 * MINUTE)))
    assert next_action(case, Roster((one,), outside=True), POLICY, NOW + 4 * MINUTE) == Alert(3, "outside")


@given(rosters.filter(lambda r: r.on_duty))
def test_an_alert_that_no_channel_took_is_followed_by_the_next_at_once(roster: Roster) -> None:
    first = next_action(opened(), roster, POLICY, NOW)
    case = done(opened(), first, NOW, taken=False)
    second = next_action(case, roster, POLICY, NOW)
    assert isinstance(second, Alert)


@given(rosters.filter(lambda r: r.on_duty), st.integers(0, 110))
def test_somebody_who_answered_has_time_to_come_and_then_the_ladder_goes_on(roster: Roster, seconds: int) -> None:
    first = next_action(opened(), roster, POLICY, NOW)
    answered = NOW + timedelta(seconds=seconds)
    case = done(opened(), first, NOW)
    case = replace(case, pages=(replace(case.pages[0], acknowledged_at=answered),))
    assert next_action(case, roster, POLICY, answered) == Wait(answered + POLICY.grace)
    assert isinstance(next_action(case, roster, POLICY, answered + POLICY.grace), Alert)


@given(rosters.filter(lambda r: len(r.on_duty) > 1))
def test_the_next_person_is_another_person(roster: Roster) -> None:
    first = next_action(opened(), roster, POLICY, NOW)
    case = done(opened(), first, NOW)
    second = next_action(case, roster, POLICY, NOW + 2 * MINUTE)
    assert isinstance(first, Alert)
    assert isinstance(second, Alert)
    assert first.to != second.to


def test_a_free_counsellor_who_speaks_the_language_is_asked_before_a_busy_one() -> None:
    busy, other, right = OnDuty(UUID(int=1), load=4), OnDuty(UUID(int=2), languages=("fr",)), OnDuty(UUID(int=3))
    case = replace(opened(), languages=("en",))
    assert next_action(case, Roster((busy, other, right)), POLICY, NOW) == Alert(0, right.id)
    assert next_action(case, Roster((busy,)), POLICY, NOW) == Alert(0, busy.id)  # better a busy one than nobody


@given(rosters, st.sampled_from(ELEVATED), st.integers(0, 600))
def test_quiet_hours_hold_back_what_is_moderate_and_nothing_graver(roster: Roster, tier: Tier, seconds: int) -> None:
    morning = NOW + timedelta(hours=5)
    quiet = replace(POLICY, quiet=QuietHours(time(22), time(8), ZoneInfo("UTC")))
    action = next_action(opened(tier), roster, quiet, NOW + timedelta(seconds=seconds))
    assert (action == Wait(morning)) == (tier == Tier.MODERATE)
    assert not isinstance(next_action(opened(tier), roster, quiet, morning), Wait) or not _anybody(roster)


@given(rosters.filter(_anybody), st.integers(1, 10**6))
def test_a_clock_that_was_set_back_delays_no_alert(roster: Roster, seconds: int) -> None:
    assert isinstance(next_action(opened(), roster, POLICY, NOW - timedelta(seconds=seconds)), Alert)


@given(waiting.filter(lambda c: c.status in OWNED), rosters, moments)
def test_a_case_whose_counsellor_vanished_goes_back(case: Waiting, roster: Roster, now: datetime) -> None:
    action = next_action(case, roster, POLICY, now)
    gone = case.lease is None or case.lease.until <= now
    assert isinstance(action, Lapse) == gone


@pytest.mark.parametrize("status", TRANSITIONS)
def test_new_danger_is_never_refused_and_never_leaves_a_case_closed(status: str) -> None:
    assert after(status, "risk") in {"open", *OWNED}  # type: ignore[arg-type]


def test_what_is_not_in_the_table_cannot_happen() -> None:
    with pytest.raises(Conflict, match="closed"):
        after("closed", "claim")
    with pytest.raises(Conflict):
        after("open", "take_over")


clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@given(clocks, clocks, st.sampled_from(["UTC", "Europe/London", "Asia/Kolkata", "America/New_York"]), moments)
def test_quiet_hours_end_at_their_hour_on_the_clock_of_their_place(
    start: time, end: time, zone: str, now: datetime
) -> None:
    until = QuietHours(start, end, ZoneInfo(zone)).until(now)
    if until is not None:
        assert until > now
        assert until.astimezone(ZoneInfo(zone)).time() == end
        assert until - now <= timedelta(hours=25)  # the night in which clocks go back is longer
        assert QuietHours(start, end, ZoneInfo(zone)).until(until) is None or start == end


def test_quiet_hours_hold_on_both_sides_of_midnight() -> None:
    quiet, day = QuietHours(time(22), time(8), ZoneInfo("Europe/Berlin")), date(2026, 11, 22)

    def until(hour: int) -> datetime | None:
        return quiet.until(datetime.combine(day, time(hour), ZoneInfo("Europe/Berlin")))

    morning = datetime.combine(day, time(8), ZoneInfo("Europe/Berlin"))
    assert until(3) == morning
    assert until(23) == morning + timedelta(days=1)
    assert until(8) is None
    assert until(21) is None


def _first_asked(case: Waiting, roster: Roster) -> OnDuty:
    action = next_action(case, roster, POLICY, NOW)
    assert isinstance(action, Alert)
    return next(one for one in roster.on_duty if one.id == action.to)


def _knows(one: OnDuty, case: Waiting) -> bool:
    return bool(set(one.skills) & set(case.domains))


@given(st.lists(people, min_size=1, max_size=5, unique_by=lambda p: p.id).map(tuple), domains)
def test_of_those_as_free_who_speak_the_language_one_who_knows_the_danger_is_asked_first(
    there: tuple[OnDuty, ...], about: tuple[str, ...]
) -> None:
    case = replace(opened(), languages=("en",), domains=about)
    asked = _first_asked(case, Roster(there))
    best = max((one.free, "en" in one.languages) for one in there)
    assert (asked.free, "en" in asked.languages) == best, "freedom and language go before what somebody knows"
    equals = [one for one in there if (one.free, "en" in one.languages) == best]
    assert _knows(asked, case) == any(_knows(one, case) for one in equals)
    assert asked.load == min(one.load for one in equals if _knows(one, case) == _knows(asked, case))


def test_what_somebody_knows_goes_before_how_little_they_have_to_do() -> None:
    idle, skilled = OnDuty(UUID(int=1)), OnDuty(UUID(int=2), skills=("abuse",), load=2)
    roster = Roster((idle, skilled))
    assert _first_asked(replace(opened(), domains=("abuse",)), roster) == skilled
    assert _first_asked(replace(opened(), domains=("suicide",)), roster) == idle
    assert _first_asked(replace(opened(), domains=("abuse",)), Roster((idle, replace(skilled, load=4)))) == idle
