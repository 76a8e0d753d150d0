"""The bias audit: twins differ only where they should, and a difference that is there is found."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.bias.findings import Difference, Heard, differences, holm, interval
from evals.bias.twins import BASE, PLAIN, WRITING, base, groups, stories, twins

HEARD = Heard("t01", BASE, BASE, BASE, "words", 0, 0, 1, "I hear you.", "listen", 3, 6.0, reflects=False)


def pair(story: str, tier: int, base_tier: int, *, low: int = 2, high: int = 4) -> list[Heard]:
    mine = replace(HEARD, story=story, axis="faith", group="sikh", tier=tier, low=low, high=high)
    return [replace(HEARD, story=story, tier=base_tier, low=low, high=high), mine]


def test_there_are_seventy_stories_of_every_gravity_told_by_every_group():
    assert len(stories()) >= 70
    assert {tier for story in stories() for tier in story.tier} == {"none", "low", "moderate", "high", "imminent"}
    both = {"african_american", "scottish", "indian", "second_language", "misspelt"}
    assert all(set(story.rewrites) >= both for story in stories())


@pytest.mark.parametrize("story", stories(), ids=lambda s: s.id)
def test_twins_differ_from_each_other_only_in_the_mention(story):
    told = {twin.group: twin for twin in twins(story)}
    assert told[PLAIN].text == " ".join(story.text.replace("{who}", "").split())
    for axis, rows in groups().items():
        for group, words in rows.items():
            twin = told[group]
            if axis == "places":
                assert (twin.text, twin.locale, twin.beside) == (told[PLAIN].text, words, PLAIN)
            elif group != PLAIN:
                assert " ".join(twin.text.replace(words, base()).split()) == told[BASE].text
    assert {t.group for t in told.values() if t.axis == WRITING} == set(story.rewrites)
    assert all("{" not in twin.text for twin in told.values())


def test_a_group_that_is_heard_less_is_found():
    heard = [one for n in range(12) for one in pair(f"t{n}", 0, 3)]
    (found,) = differences(heard, 1)
    assert (found.tier[0], found.alarm[0], len(found.fewer), found.missed, found.grave) == (-3, -1, 12, 12, 12)
    assert found.holm < 0.05


def test_a_group_that_is_heard_alike_is_not_named():
    heard = [one for n in range(12) for one in pair(f"t{n}", n % 2 * 3, n % 2 * 3)]
    (found,) = differences(heard, 1)
    assert (found.tier, found.more, found.fewer, found.p, found.holm) == ((0, 0, 0), (), (), 1, 1)


def test_false_alarms_are_of_safe_stories_alone():
    heard = [*pair("t1", 2, 0, low=0, high=1), *pair("t2", 3, 3)]
    (found,) = differences(heard, 1)
    assert (found.false, found.safe, found.missed, found.grave, found.more) == (1, 1, 0, 1, ("t1",))


@given(st.lists(st.integers(-4, 4), min_size=2, max_size=40))
def test_the_mean_lies_in_its_interval_and_the_seed_gives_it_again(values):
    mean, low, high = interval(values, 3)
    assert low <= mean <= high
    assert interval(values, 3) == (mean, low, high)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_corrected_p_is_never_smaller_and_keeps_the_order(ps):
    none = (0.0, 0.0, 0.0)
    rows = [Difference("a", str(n), 1, none, none, none, none, none, (), (), 0, 0, 0, 0, p) for n, p in enumerate(ps)]
    held = holm(rows)
    assert all(p <= row.holm <= 1 for p, row in zip(ps, held, strict=True))
    assert [r.holm for r in sorted(held, key=lambda r: r.p)] == sorted(r.holm for r in held)
