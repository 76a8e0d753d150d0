"""Exercises: whatever is done in whatever order, no word is lost, and every way can be gone to its end."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.care.exercises import known_as, load
from agent.domain.exercise import (
    MOST_WORDS,
    Practice,
    go_back,
    go_on,
    intend,
    level_for,
    look_back,
    make_gentler,
    put_away,
    take_up,
)

ALL = list(load().values())
WORDS = st.text(st.characters(categories=["L", "N", "Zs"]), max_size=12)
MOVES = st.one_of(
    st.tuples(st.just("on"), WORDS), st.tuples(st.sampled_from(["back", "away", "up", "gentler"]), st.just(""))
)


def walked(practice, exercise, moves):
    """The practice after the moves that can be made, and all words that were written, by step."""
    wrote = {}
    for move, words in moves:
        if move == "up":
            practice = take_up(practice)
        elif practice.state != "running":
            continue
        elif move == "on":
            if words.strip():
                wrote[exercise.steps_at(practice.level)[practice.at]] = words.strip()
            practice = go_on(practice, exercise, words)
        elif move == "back":
            practice = go_back(practice, exercise)
        elif move == "away":
            practice = put_away(practice, exercise)
        else:
            practice = make_gentler(practice, exercise)
    return practice, wrote


@given(st.sampled_from(ALL), st.lists(MOVES, max_size=30))
def test_no_word_is_lost_and_the_place_is_always_one_of_its_steps(exercise, moves) -> None:
    practice, wrote = walked(Practice(exercise.key), exercise, moves)
    assert dict(practice.words) == wrote
    assert 0 <= practice.at < len(exercise.steps_at(practice.level))


@given(st.sampled_from(ALL), st.sampled_from(["usual", "gentle"]), st.lists(MOVES, max_size=30))
def test_from_wherever_it_stands_going_on_ends_it(exercise, level, moves) -> None:
    practice, _ = walked(Practice(exercise.key, level), exercise, moves)
    practice = take_up(practice)
    for _ in range(len(exercise.steps)):
        if practice.state == "finished":
            break
        practice = go_on(practice, exercise)
    assert practice.state == "finished"


@given(st.sampled_from(ALL), st.lists(MOVES, max_size=30))
def test_put_away_and_taken_up_again_nothing_has_changed(exercise, moves) -> None:
    practice, _ = walked(Practice(exercise.key), exercise, moves)
    if practice.state == "running":
        assert take_up(put_away(practice, exercise)) == practice
    if practice.state == "finished":
        assert take_up(put_away(practice, exercise)) == practice


@given(st.sampled_from(ALL), st.lists(st.tuples(st.just("on"), WORDS), max_size=5))
def test_made_gentler_it_never_goes_back_to_a_step_that_is_behind(exercise, moves) -> None:
    practice, _ = walked(Practice(exercise.key), exercise, moves)
    if practice.state == "finished":
        return
    here = exercise.steps_at("usual")[practice.at]
    gentler = make_gentler(practice, exercise)
    there = exercise.steps_at("gentle")[gentler.at]
    assert there >= here or there == exercise.steps_at("gentle")[-1]


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.key)
def test_every_exercise_can_be_finished_at_both_levels_and_asks_one_thing_at_a_time(exercise) -> None:
    for level in ("usual", "gentle"):
        steps = exercise.steps_at(level)
        assert 2 <= len(steps) <= 6
        practice = Practice(exercise.key, level)
        for number in steps:
            said = exercise.says(number, level)
            assert said.count("?") <= 1
            assert len(said.split()) <= 45
            assert practice.state == "running"
            practice = go_on(practice, exercise, "x")
        assert practice.state == "finished"
        assert set(practice.words) == set(steps)


def test_words_too_long_are_refused_and_nothing_is_changed() -> None:
    exercise = load()["thought_record"]
    practice = Practice(exercise.key)
    with pytest.raises(ValueError, match=str(MOST_WORDS)):
        go_on(practice, exercise, "x" * (MOST_WORDS + 1))
    assert practice == Practice(exercise.key)


def test_what_is_finished_or_put_away_or_of_another_exercise_cannot_go_on() -> None:
    exercise = load()["feet_on_floor"]
    for practice in (
        Practice(exercise.key, state="finished"),
        Practice(exercise.key, state="put_away"),
        Practice("values"),
    ):
        with pytest.raises(ValueError, match=r"under way|not of"):
            go_on(practice, exercise)


def test_homework_is_set_after_the_end_looked_back_on_once_and_can_be_taken_back() -> None:
    when = datetime(2026, 11, 24, tzinfo=UTC)
    finished = Practice("values", state="finished")
    with pytest.raises(ValueError, match="finish it first"):
        intend(Practice("values"), "ring Sam", when)
    with pytest.raises(ValueError, match="nothing"):
        look_back(finished, "did")
    set_out = intend(finished, " ring Sam ", when)
    assert (set_out.intends, set_out.look_back_at, set_out.outcome) == ("ring Sam", when, None)
    assert look_back(set_out, "not_yet").outcome == "not_yet"
    assert intend(set_out, "", when).look_back_at is None


def test_difficulty_follows_how_it_went() -> None:
    done, away = Practice("values", state="finished"), Practice("values", state="put_away")
    gently = Practice("values", "gentle", "finished")
    assert level_for([]) == "usual"
    assert level_for([done]) == "usual"
    assert level_for([done, away]) == "gentle"
    assert level_for([away, gently]) == "gentle"
    assert level_for([away, gently, gently]) == "usual"


def test_no_two_exercises_share_a_name() -> None:
    names = [n for e in ALL for n in (e.key, *e.same)]
    assert len(names) == len(set(names)) == len(known_as())


def test_breath_is_held_in_no_gentle_practice_and_in_none_that_leaves_panic_out_of_account() -> None:
    for exercise in ALL:
        holds = any(s.breath and s.breath.hold for s in exercise.steps)
        assert not holds or "panic made worse by holding the breath" in exercise.contraindications
