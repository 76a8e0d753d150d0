"""``python -m evals.choosing``: the choice among offers, judged on simulated people, by the very code that serves.

A simulated person is helped by each technique with a chance of their own, which depends on what they feel and on a
random taste of their group; nobody is modelled after anybody. Menus come from the exercises that there are, with random
things that speak against them. Nothing of it says what helps real people: it shows that the choice learns what is there
to learn, that it never takes what is masked, and what it costs. ``off_policy`` judges a policy by the answers that
another one got.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import numpy as np
from estimators.bandits import ips, snips
from estimators.bandits.gaussian import Interval

from agent.care.exercises import load
from agent.domain.offer import REWARD, Choice, Helped, Offer
from agent.domain.turn import Passage
from agent.policy.choosing import Learner, choose, menu

GROUPS: Final = ("felt_sadness", "felt_fear", "felt_anger", "felt_grief", "felt_remorse", "felt_nervousness")
INTENTS: Final = ("wants_vent", "wants_seek_coping_skill")
#: Techniques that speak for a feeling come first by the rules, as retrieval has it; they are right this often.
_RULE_SHARE: Final = 0.5
_MOST: Final = 5
_BATCH: Final = 100
_ANSWERS: Final = 0.3
_ALPHA: Final = 0.05
#: With fewer answers nothing is printed but their number.
_FEW: Final = 50


@dataclass(slots=True)
class World:
    """What helps whom, drawn by the seed: the chance that a technique helps in a group, in [0, 1]."""

    seed: int
    dice: np.random.Generator = field(init=False)
    chance: dict[tuple[str, str], float] = field(init=False)

    def __post_init__(self) -> None:
        self.dice = np.random.default_rng(self.seed)
        self.chance = {(g, t): float(self.dice.beta(1.2, 2.4)) for g in GROUPS for t in load()}

    def moment(self) -> tuple[tuple[str, ...], tuple[Passage, ...], frozenset[str]]:
        """What was read, what was found in the order of the rules, and what speaks against."""
        group, intent = str(self.dice.choice(GROUPS)), str(self.dice.choice(INTENTS))
        names = [str(t) for t in self.dice.permutation(list(load()))[:_MOST]]
        if self.dice.random() < _RULE_SHARE:
            names.sort(key=lambda t: -self.chance[group, t])
        warnings = sorted({w for e in load().values() for w in e.contraindications})
        against = frozenset(w for w in warnings if self.dice.random() < 0.25)  # noqa: PLR2004
        found = tuple(Passage(t, t, "cbt_skill", t, "", "Try it.", 0.6 - 0.01 * n) for n, t in enumerate(names))
        return (group, intent), found, against

    def helped(self, group: str, technique: str) -> Helped:
        """What somebody says of it."""
        if self.dice.random() < self.chance[group, technique]:
            return "yes"
        return "a_little" if self.dice.random() < self.chance[group, technique] else "no"

    def worth(self, group: str, technique: str) -> float:
        """The expected reward."""
        p = self.chance[group, technique]
        return p + (1 - p) * p * REWARD["a_little"]


@dataclass(slots=True)
class Outcome:
    """Of one world. Regrets are mean lost reward a turn against the best on the menu, over the second half."""

    turns: int = 0
    masked: int = 0
    learned: float = 0.0
    fixed: float = 0.0
    offers: list[Offer] = field(default_factory=list)
    #: The true worth of what the fixed rules would have taken at the logged moments.
    rules_worth: list[float] = field(default_factory=list)


def simulate(seed: int, turns: int) -> Outcome:
    """Play so many turns. Three in ten people answer; it learns in batches, as the server does from time to time."""
    world, learner, out = World(seed), Learner(), Outcome(turns)
    fresh: list[Offer] = []
    counted = 0
    for n in range(turns):
        context, found, against = world.moment()
        options = menu(found, against)
        if not options:
            continue
        choice = choose(learner, [p.technique for p in options], context, UUID(int=(seed << 64) + n))
        taken = choice.menu[choice.taken]
        out.masked += not against.isdisjoint(load()[taken].contraindications)
        worth = [world.worth(context[0], t) for t in choice.menu]
        if n >= turns // 2:
            counted += 1
            out.learned += max(worth) - worth[choice.taken]
            out.fixed += max(worth) - worth[0]
        if world.dice.random() < _ANSWERS:
            fresh.append(Offer(taken, choice, world.helped(context[0], taken)))
            out.rules_worth.append(worth[0])
        if len(fresh) >= _BATCH:
            learner.learn(fresh, [_reward(o) for o in fresh])
            out.offers += fresh
            fresh = []
    out.learned, out.fixed = out.learned / max(1, counted), out.fixed / max(1, counted)
    return out


def rules(choice: Choice) -> tuple[float, ...]:
    """The chances under the fixed policy: the first of the menu."""
    return tuple(float(n == 0) for n in range(len(choice.menu)))


def off_policy(offers: Sequence[Offer], given: Sequence[float]) -> tuple[float, float, tuple[float, float]]:
    """What a policy would have been worth, from answers that another one got: IPS, SNIPS and the 95 % interval of IPS.

    ``given``: the chance that the policy gives to what was taken. ``ValueError`` without an answer to a choice.
    """
    plain, normed, interval = ips.Estimator(), snips.Estimator(), Interval()
    for offer, chance in zip(offers, given, strict=True):
        if offer.choice is not None:
            for estimator in (plain, normed, interval):
                estimator.add_example(offer.choice.chances[offer.choice.taken], _reward(offer), chance)
    low, high = interval.get(_ALPHA)
    worth, worth_normed = plain.get(), normed.get()
    if worth is None or worth_normed is None or low is None or high is None:
        raise ValueError("nobody has answered yet whether something that was chosen helped")
    return worth, worth_normed, (low, high)


def _reward(offer: Offer) -> float:
    if offer.helped is None:
        raise ValueError("this offer has no answer")
    return REWARD[offer.helped]


def lines(seeds: int, turns: int) -> Iterator[str]:
    """The report."""
    outcomes = [simulate(seed, turns // seeds) for seed in range(seeds)]
    gain = np.array([o.fixed - o.learned for o in outcomes])
    spread = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
    masked, played = sum(o.masked for o in outcomes), sum(o.turns for o in outcomes)
    yield f"{played:,} turns in {seeds} worlds; masked actions taken: {masked}"
    for name in ("fixed", "learned"):
        yield f"regret of the {name} policy, second half: {np.mean([getattr(o, name) for o in outcomes]):.4f} a turn"
    low, high = gain.mean() - spread, gain.mean() + spread
    yield f"less regret by learning: {gain.mean():.4f} a turn ({low:.4f} to {high:.4f})"
    inside = 0
    for o in outcomes:
        given = [rules(c)[c.taken] for offer in o.offers if (c := offer.choice)]
        _, _, (low, high) = off_policy(o.offers, given)
        inside += low <= float(np.mean(o.rules_worth[: len(o.offers)])) <= high
    yield f"off-policy worth of the rules: true value inside the 95 % interval in {inside} of {seeds} worlds"


def of_answers(offers: Sequence[Offer]) -> Iterator[str]:
    """What real answers say of the rules and of what was learned; each half is judged by what the other half taught."""
    chosen = [o for o in offers if o.choice is not None]
    yield f"{len(offers)} answers to 'did this help?', {len(chosen)} of them to something that was chosen"
    if len(chosen) < _FEW:
        yield f"too few to say anything: {_FEW} at least"
        return
    kept = [o.choice for o in chosen if o.choice]
    yield _judged("the rules", chosen, [rules(c)[c.taken] for c in kept])
    given = []
    for half in (0, 1):
        learner = Learner()
        others = chosen[1 - half :: 2]
        learner.learn(others, [_reward(o) for o in others])
        given.append([learner.chances(c.menu, c.context)[c.taken] for c in kept[half::2]])
    mixed = [given[n % 2][n // 2] for n in range(len(chosen))]
    yield _judged("what was learned", chosen, mixed)


def _judged(who: str, offers: Sequence[Offer], given: Sequence[float]) -> str:
    worth, normed, (low, high) = off_policy(offers, given)
    return f"{who}: {worth:.3f} by IPS ({low:.3f} to {high:.3f}), {normed:.3f} by SNIPS; 1 is 'yes' of everybody"


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=100_000)
    parser.add_argument("--worlds", type=int, default=10)
    asked = parser.parse_args()
    for line in lines(asked.worlds, asked.turns):
        print(line)  # noqa: T201


if __name__ == "__main__":
    main()
