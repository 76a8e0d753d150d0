"""The choice among offers: only from the safe menu, by the rules until people have answered, and judged off-policy."""

from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.care.exercises import load
from agent.domain.offer import REWARD, Choice, Offer
from agent.domain.turn import Passage
from agent.policy.choosing import ENOUGH, EXPLORE, NEAR_ENOUGH, Learner, choose, menu
from evals.choosing import of_answers, off_policy, rules, simulate

WARNINGS = sorted({w for e in load().values() for w in e.contraindications})


def passage(technique: str, score: float = 0.5, step: str | None = "Try it.") -> Passage:
    return Passage(f"about_{technique}", "Title", "cbt_skill", technique, "Body.", step, score)


@given(
    st.lists(st.tuples(st.sampled_from(sorted(load())), st.floats(-1, 1)), max_size=8),
    st.sets(st.sampled_from(WARNINGS)),
)
def test_nothing_that_is_spoken_against_is_ever_on_the_menu(found, against) -> None:
    options = menu([passage(t, s) for t, s in found], against)
    for option in options:
        assert set(load()[option.technique].contraindications).isdisjoint(against)
    assert len({o.technique for o in options}) == len(options)


def test_other_names_of_an_exercise_are_barred_like_the_exercise() -> None:
    warned = {"panic made worse by watching the breath"}
    assert not menu([passage("paced_breathing")], warned)
    assert menu([passage("paced_breathing")], ())


def test_a_passage_far_from_the_message_or_with_nothing_to_try_is_no_alternative() -> None:
    found = [passage("values", 0.6), passage("gratitude", 0.6 - 2 * NEAR_ENOUGH), passage("body_scan", 0.6, None)]
    assert [p.technique for p in menu(found, ())] == ["values"]


def test_before_anybody_has_answered_the_rules_first_is_taken_but_for_a_small_share() -> None:
    learner = Learner()
    assert learner.chances(["a", "b", "c", "d"], ["felt_sadness"])[0] == pytest.approx(1 - EXPLORE * 3 / 4)
    taken = [choose(learner, ["a", "b"], [], uuid4()).taken for _ in range(1000)]
    assert 0.05 < float(np.mean(taken)) < 0.15


@given(st.integers(0, 2**128 - 1))
def test_a_turn_that_is_run_again_chooses_the_same(number: int) -> None:
    learner = Learner()
    first, again = (choose(learner, ["a", "b", "c"], ["felt_fear"], UUID(int=number)) for _ in range(2))
    assert first == again
    assert sum(first.chances) == pytest.approx(1)


def test_it_learns_whom_what_helps_and_keeps_a_chance_for_everything() -> None:
    learner, dice = Learner(), np.random.default_rng(1)
    offers, rewards = [], []
    for _ in range(4 * ENOUGH):
        felt = ("felt_fear", "felt_grief")[int(dice.integers(2))]
        choice = choose(learner, ["breath", "walk"], [felt], UUID(bytes=dice.bytes(16)))
        offers.append(Offer(choice.menu[choice.taken], choice))
        rewards.append(float((choice.menu[choice.taken] == "walk") == (felt == "felt_grief")))
    learner.learn(offers, rewards)
    afraid, grieving = (learner.chances(["breath", "walk"], [felt]) for felt in ("felt_fear", "felt_grief"))
    assert afraid[0] > 0.8
    assert grieving[1] > 0.8
    assert min(*afraid, *grieving) > 0.02


def test_a_choice_without_a_chance_for_what_it_took_cannot_be_kept() -> None:
    with pytest.raises(ValueError, match="one chance"):
        Choice(("a", "b"), (1.0,), 0, (), "x")
    with pytest.raises(ValueError, match="takes one"):
        Choice(("a", "b"), (0.5, 0.5), 2, (), "x")


def test_in_simulation_nothing_masked_is_taken_and_learning_loses_less_than_the_rules() -> None:
    out = simulate(seed=3, turns=6000)
    assert out.masked == 0
    assert out.learned < out.fixed


def test_the_worth_of_a_policy_is_found_from_the_answers_that_another_got() -> None:
    dice = np.random.default_rng(5)
    offers = []
    for _ in range(4000):
        taken = int(dice.random() < 0.3)
        choice = Choice(("a", "b"), (0.7, 0.3), taken, (), "x")
        offers.append(Offer("ab"[taken], choice, "yes" if dice.random() < (0.2, 0.6)[taken] else "no"))
    always_b = [float(o.technique == "b") for o in offers]
    plain, normed, (low, high) = off_policy(offers, always_b)
    assert low < 0.6 < high
    assert abs(normed - 0.6) < 0.05
    assert abs(plain - 0.6) < 0.06
    worth, _, _ = off_policy(offers, [rules(o.choice)[o.choice.taken] for o in offers if o.choice])
    assert abs(worth - 0.2) < 0.05


def test_few_answers_say_nothing_and_that_is_what_is_printed() -> None:
    few = [Offer("a", Choice(("a", "b"), (0.9, 0.1), 0, (), "x"), "yes")] * 10
    assert any("too few" in line for line in of_answers(few))
    assert set(REWARD.values()) == {0.0, 0.5, 1.0}
