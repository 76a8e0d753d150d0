"""Which of the things that may be offered now is offered: the rules' first, unless answers of people teach better.

A contextual bandit over the safe menu and nothing else. What may not be offered is not on the menu: it was left out
before anybody chooses. It learns from "did this help?" alone, never from how long or how often somebody writes, and it
is off whenever there is any risk. Every chance it had is kept, so that other policies can be judged by them.
"""

from collections.abc import Collection, Sequence
from typing import Final, Protocol
from uuid import UUID

import numpy as np

from agent.care.exercises import known_as
from agent.domain.offer import Choice, Offer
from agent.domain.turn import Passage
from classifiers.reading import TextReading

#: Passages so much less near to the message than the best one are no alternative to it.
NEAR_ENOUGH: Final = 0.12
#: The share of choices that is spread evenly over the menu: before enough people have answered, and for ever.
EXPLORE: Final = 0.2
EVENLY: Final = 0.05
ENOUGH: Final = 200
_STRONG: Final = 0.6


class Chances(Protocol):
    """Gives each entry of a menu its chance."""

    @property
    def version(self) -> str:
        """Who chooses, and from how many answers it learned."""
        ...

    def chances(self, menu: Sequence[str], context: Sequence[str]) -> tuple[float, ...]:
        """One for each, summing to 1."""
        ...


def menu(found: Sequence[Passage], against: Collection[str]) -> tuple[Passage, ...]:
    """What may be chosen among: one passage a technique, near enough to the best, with nothing that speaks against."""
    best = max((p.score for p in found), default=0.0)
    options: dict[str, Passage] = {}
    for passage in found:
        exercise = known_as().get(passage.technique)
        barred = exercise is not None and not set(exercise.contraindications).isdisjoint(against)
        if passage.step and passage.technique != "none" and not barred and passage.score >= best - NEAR_ENOUGH:
            options.setdefault(passage.technique, passage)
    return tuple(options.values())


def context_of(reading: TextReading) -> tuple[str, ...]:
    """What a choice may know of a message: what was felt, how strongly and what was wanted; no word of it."""
    strength = "strong" if reading.intensity >= _STRONG else "mild"
    return (
        *(f"felt_{emotion}" for emotion in sorted(reading.felt)),
        f"felt_{strength}",
        f"wants_{reading.intent.label}",
    )


def choose(chooser: Chances, options: Sequence[str], context: Sequence[str], turn_id: UUID) -> Choice:
    """One of the options, by their chances. The same turn run again takes the same one."""
    chances = chooser.chances(options, context)
    taken = int(np.random.default_rng(turn_id.int).choice(len(options), p=np.asarray(chances)))
    return Choice(tuple(options), chances, taken, tuple(context), chooser.version)


class Learner:
    """A contextual bandit by Vowpal Wabbit: SquareCB (Foster and Rakhlin 2020), which tries less of what looks worse.

    Until so many have answered that something can be told apart, the rules' first is taken, but for a small share.
    """

    def __init__(self) -> None:
        from vowpalwabbit import Workspace  # noqa: PLC0415  (only where somebody switched it on)

        self._space = Workspace(
            "--cb_explore_adf --cb_type mtr --squarecb --gamma_scale 100 -q ca --random_seed 7 --quiet"
        )
        self._answers = 0

    @property
    def version(self) -> str:
        """Its form and the number of answers it has learned from."""
        return f"squarecb-1 after {self._answers}"

    def learn(self, offers: Sequence[Offer], rewards: Sequence[float]) -> None:
        """From what was offered and how much each helped, in [0, 1]."""
        for offer, reward in zip(offers, rewards, strict=True):
            choice = offer.choice
            if choice is None:
                continue
            lines = _lines(choice.menu, choice.context)
            lines[choice.taken + 1] = f"0:{-reward}:{choice.chances[choice.taken]} {lines[choice.taken + 1]}"
            self._space.learn(lines)
            self._answers += 1

    def chances(self, menu: Sequence[str], context: Sequence[str]) -> tuple[float, ...]:
        """At least ``EVENLY`` divided by the length of the menu for each, so that every answer can be weighed."""
        if self._answers < ENOUGH:
            share, best = EXPLORE, np.eye(len(menu))[0]
        else:
            share, best = EVENLY, np.asarray(self._space.predict(_lines(menu, context)), dtype=np.float64)
            best /= best.sum()
        return tuple(float(p) for p in (1 - share) * best + share / len(menu))


def _lines(menu: Sequence[str], context: Sequence[str]) -> list[str]:
    """The text form of Vowpal Wabbit. Its names are ours and hold no sign that means anything there."""
    return [f"shared |c {' '.join(context)}", *(f"|a {name} place_{n}" for n, name in enumerate(menu))]
