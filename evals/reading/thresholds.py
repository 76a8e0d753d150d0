"""``python -m evals.reading.thresholds --data ../shared/data``: choose the policy's thresholds on dev by alarm budget.

For each threshold the lowest one that keeps the false alarms of the shipped reader, lexicon included, within budget.
In context one more rule comes before the budget: harmless talk must make nobody less heard (ADR 0014). Prints
thresholds for ``agent/safety/data/risk_policy.yaml`` and what they cost; nothing is written.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from agent.commands.lines import LineIn, LineTurn
from agent.commands.screen import Screener
from agent.domain.risk import Tier
from agent.safety.assess import RiskPolicy
from classifiers.labels import TIERS
from classifiers.reading import TextReading
from classifiers.train import data
from evals.reading.risk import HELLO, Read, Turns, behind, heard_last, read, small_talk

#: Shares of false alarms allowed on dev, of messages by themselves.
HARD, ORDINARY, HIGH_AT_CALM, IMMINENT_AT_LESS, LOW_AT_NONE = 0.06, 0.005, 0.025, 0.01, 0.15
#: What reading in context may add to the alarms of first messages and the lexicon, in conversations in which nothing so
#: grave is (heavy but safe ones for moderate). ``MORE``: what a message by itself, or evidence, may add.
CONTEXT: dict[Tier, float] = {Tier.LOW: 0.05, Tier.MODERATE: 0.05, Tier.HIGH: 0.04, Tier.IMMINENT: 0.02}
MORE = 0.015
#: In a language that is read less well: false alarms at tier none, two thirds of them look-alikes, which are borne
#: there. High on purpose: what the reader misses in such a language nobody else hears.
FOREIGN = 0.55
FACTORS = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
#: How far a threshold is lowered at once so that nothing harmless hides anybody, and the difference that counts as
#: none: two standard errors of the share.
STEP, SAME = 0.02, 0.02
NEVER = 1.01
OFF = (NEVER, NEVER, NEVER, NEVER)
GRID = [round(float(t), 2) for t in np.arange(0.1, 0.96, 0.02)]


def lowest(fits: Callable[[float], bool]) -> float:
    """The lowest threshold within budget; the highest of the grid if none is."""
    return next((t for t in GRID if fits(t)), GRID[-1])


def alarmed(seen: Sequence[Read], step: int, t: float, floor: Tier) -> float:
    """Share of messages that this threshold, or the lexicon, takes to the tier."""
    hits = [r.reading.at_least[step] >= t or lexicon(r) >= floor for r in seen]
    return float(np.mean(hits)) if hits else 0.0


def lexicon(seen: Read) -> Tier:
    """The tier of the lexicon's word alone."""
    return max((d.tier for d in seen.reasons if d.source == "lexicon"), default=Tier.NONE)


def singles(screener: Screener, folder: Path) -> tuple[float, float, float, float]:
    """Thresholds for low, moderate, high, imminent."""
    seen = read(screener, data.authored("dev"))
    comments = read(screener, data.goemotions(folder / "goemotions", "dev"))
    none = [r for r in seen if r.example.tier == Tier.NONE]
    # Of writers who are dev as a whole: the dev scenes of the other files are twins of scenes that were trained on.
    hard = [r for r in none if r.example.lookalike and r.example.brief.startswith("dev_")]
    calm = [r for r in seen if (r.example.tier or 0) <= Tier.LOW]
    less = [r for r in seen if (r.example.tier or 0) <= Tier.MODERATE]
    moderate = lowest(
        lambda t: alarmed(hard, 1, t, Tier.MODERATE) <= HARD and alarmed(comments, 1, t, Tier.MODERATE) <= ORDINARY
    )
    print(f"moderate at {moderate}: hard negatives {alarmed(hard, 1, moderate, Tier.MODERATE):.3f}, "
          f"ordinary talk {alarmed(comments, 1, moderate, Tier.MODERATE):.4f}")  # fmt: skip
    low = lowest(lambda t: alarmed(none, 0, t, Tier.LOW) <= LOW_AT_NONE)
    high = lowest(lambda t: alarmed(calm, 2, t, Tier.HIGH) <= HIGH_AT_CALM)
    imminent = lowest(lambda t: alarmed(less, 3, t, Tier.IMMINENT) <= IMMINENT_AT_LESS)
    for name, step, t, tier in (("moderate", 1, moderate, 2), ("high", 2, high, 3), ("imminent", 3, imminent, 4)):
        found = [r for r in seen if (r.example.tier or 0) >= tier]
        print(f"  at least {name} at {t}: finds {alarmed(found, step, t, Tier(tier)):.3f} of {len(found)}")
    return low, moderate, high, imminent


class Conversations:
    """Dev conversations, read once, and what a policy makes of them."""

    def __init__(self, screener: Screener) -> None:
        self._screener = screener
        self._arcs = data.arcs("dev")
        self._lines = [LineIn(id=a.id, turns=[LineTurn(role=t.role, text=t.text) for t in a.turns]) for a in self._arcs]
        self._readings = screener.read(self._lines)
        self._gravest = np.array([max(t.stands for t in a.turns) for a in self._arcs])
        self._heavy = np.array([a.kind == "heavy_but_safe" for a in self._arcs]) & (self._gravest < Tier.MODERATE)

    def shares(self, policy: RiskPolicy, tier: Tier) -> tuple[float, float]:
        """Of those that reach the tier, found; of those that stay well below it, found too."""
        self._screener.policy = policy
        assessed = self._screener.assess(self._lines, self._readings)
        hits = np.array([turns[-1].risk.tier >= tier for turns in assessed])
        calm = self._heavy if tier == Tier.MODERATE else self._gravest < tier - (tier > Tier.LOW)
        return float(hits[self._gravest >= tier].mean()), float(hits[calm].mean())

    def lowest(
        self, tier: Tier, name: str, change: Callable[[float], RiskPolicy], budget: float, least: float = 0
    ) -> float:
        """The lowest threshold from ``least`` on within budget; ``change`` makes the policy with it."""
        results = {t: self.shares(change(t), tier) for t in [*GRID[::2], NEVER] if t >= least}
        for t in list(results)[::3]:
            print(f"  {name} {tier.label} at {t}: finds {results[t][0]:.3f}, false {results[t][1]:.3f}", flush=True)
        return next((t for t, (_, false) in results.items() if false <= budget), NEVER)

    def choose(self, policy: RiskPolicy) -> RiskPolicy:
        """Thresholds in context, then those of a message by itself all the same, then of evidence, in this order."""
        policy = replace(policy, in_context=OFF, despite_context=OFF, adds_up=NEVER)
        for name in ("in_context", "despite_context"):
            for tier in (Tier.IMMINENT, Tier.HIGH, Tier.MODERATE, Tier.LOW):
                more, least = (CONTEXT[tier], 0.0) if name == "in_context" else (MORE, policy.at_least[tier - 1])
                budget = self.shares(policy, tier)[1] + more
                found = self.lowest(tier, name, partial(_with, policy, name, tier), budget, least)
                policy = _with(policy, name, tier, found)
        budget = self.shares(policy, Tier.MODERATE)[1] + MORE
        found = self.lowest(Tier.MODERATE, "adds_up", lambda t: replace(policy, adds_up=t), budget)
        return replace(policy, adds_up=found)


class Harmless:
    """Grave dev messages behind a hello and behind small talk, read once, and how many of them a policy finds there."""

    def __init__(self, screener: Screener) -> None:
        self._screener = screener
        texts = [e.text for e in data.authored("dev") if (e.tier or 0) >= Tier.HIGH]
        self._alone = self._read(behind([()], texts))
        openings = {"a hello": [HELLO], "small talk": small_talk(data.arcs("dev"))}
        self._behind = {name: self._read(behind(turns, texts)) for name, turns in openings.items()}

    def _read(self, conversations: Sequence[Turns]) -> tuple[list[LineIn], list[TextReading]]:
        lines = [LineIn(id="", turns=[LineTurn(role=r, text=text) for r, text in turns]) for turns in conversations]
        return lines, self._screener.read(lines)

    def found(self, policy: RiskPolicy, read: tuple[list[LineIn], list[TextReading]]) -> float:
        """Share whose last turn is assessed as moderate or worse."""
        self._screener.policy = policy
        return float(np.mean(heard_last(self._screener.assess(*read))))

    def heard(self, policy: RiskPolicy) -> RiskPolicy:
        """Lower what moderate needs in context, step by step, until nearly as many are found behind them as alone."""
        alone = self.found(policy, self._alone)
        while True:
            found = {name: self.found(policy, read) for name, read in self._behind.items()}
            told = ", ".join(f"behind {name} {share:.3f}" for name, share in found.items())
            print(f"  alone {alone:.3f}, {told}: in_context {policy.in_context}", flush=True)
            if min(found.values()) >= alone - SAME or policy.in_context[1] <= GRID[0]:
                return policy
            policy = _with(policy, "in_context", Tier.MODERATE, round(policy.in_context[1] - STEP, 2))


def foreign_factor(screener: Screener, policy: RiskPolicy) -> float:
    """The lowest factor for thresholds in other languages within budget, on their dev messages; 1 if none is."""
    messages = data.foreign("dev")
    lines = [LineIn(id="", turns=[LineTurn(role="user", text=e.text)]) for e in messages]
    readings, tier, chosen = screener.read(lines), np.array([e.tier for e in messages]), 1.0
    for factor in reversed(FACTORS):
        screener.policy = replace(policy, foreign_factor=factor)
        hits = np.array([turns[-1].risk.tier.elevated for turns in screener.assess(lines, readings)])
        found, false = hits[tier >= Tier.HIGH].mean(), hits[tier == Tier.NONE].mean()
        print(f"  foreign_factor {factor}: finds {found:.3f}, false {false:.3f}", flush=True)
        chosen = factor if false <= FOREIGN else chosen
    return chosen


def _with(policy: RiskPolicy, name: str, tier: Tier, t: float) -> RiskPolicy:
    """The policy with one threshold of four changed."""
    steps = list(policy.in_context if name == "in_context" else policy.despite_context)
    steps[tier - 1] = t
    low, moderate, high, imminent = steps
    if name == "in_context":
        return replace(policy, in_context=(low, moderate, high, imminent))
    return replace(policy, despite_context=(low, moderate, high, imminent))


def block(name: str, steps: Sequence[float]) -> str:
    """As it stands in the file."""
    return f"{name}: {{" + ", ".join(f"{t}: {p}" for t, p in zip(TIERS[1:], steps, strict=True)) + "}"


def main() -> None:
    """Choose and print."""
    parser = argparse.ArgumentParser(prog="python -m evals.reading.thresholds", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds goemotions/")
    given = parser.parse_args()
    screener = Screener(threads=2)
    policy = replace(screener.policy, at_least=singles(screener, given.data))
    policy = Harmless(screener).heard(Conversations(screener).choose(policy))
    for name in ("at_least", "in_context", "despite_context"):
        print(block(name, getattr(policy, name)))
    print(f"adds_up: {policy.adds_up}")
    print(f"foreign_factor: {foreign_factor(screener, policy)}")


if __name__ == "__main__":
    main()
