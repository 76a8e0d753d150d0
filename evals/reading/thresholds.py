"""``python -m evals.reading.thresholds --data ../shared/data``: choose the policy's thresholds on dev by alarm budget.

For each threshold the lowest one that keeps the false alarms of the shipped reader, lexicon included, within budget.
Prints what stands in ``agent/safety/data/risk_policy.yaml`` and what it costs; nothing is written.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from agent.commands.lines import LineIn, LineTurn
from agent.commands.screen import Screener
from agent.domain.risk import Tier
from classifiers.train import data
from evals.reading.risk import Read, read

#: Shares of false alarms allowed on dev. ``MORE`` is what evidence over turns may add to the safe conversations in
#: which a single message alarms already.
HARD, ORDINARY, MORE, HIGH_AT_CALM, IMMINENT_AT_LESS, LOW_AT_NONE = 0.06, 0.005, 0.05, 0.025, 0.01, 0.15
NEVER = 1.01
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
    seen = read(screener, data.authored("dev") + data.turns_of(data.arcs("dev")))
    comments = read(screener, data.goemotions(folder / "goemotions", "dev"))
    none = [r for r in seen if r.example.tier == Tier.NONE]
    hard = [r for r in none if r.example.lookalike]
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


def adds_up(screener: Screener) -> float:
    """The threshold of evidence over turns, given the others."""
    arcs = data.arcs("dev")
    lines = [LineIn(id=a.id, turns=[LineTurn(role=t.role, text=t.text) for t in a.turns]) for a in arcs]
    safe = [i for i, a in enumerate(arcs) if max(t.stands for t in a.turns) < Tier.MODERATE]
    policy = screener.policy

    def found(t: float) -> list[bool]:
        screener.policy = replace(policy, adds_up=t)
        return [turns[-1].risk.tier.elevated for turns in screener.screen(lines)]

    results = {t: found(t) for t in [*GRID[::3], NEVER]}
    screener.policy = policy
    alone = np.mean([results[NEVER][i] for i in safe])
    for t, hits in results.items():
        false = np.mean([hits[i] for i in safe])
        true = np.mean([h for i, h in enumerate(hits) if i not in set(safe)])
        print(f"  adds up at {t}: finds {true:.3f} of {len(arcs) - len(safe)}, false {false:.3f} of {len(safe)}")
    return next((t for t, hits in results.items() if np.mean([hits[i] for i in safe]) <= alone + MORE), NEVER)


def main() -> None:
    """Choose and print."""
    parser = argparse.ArgumentParser(prog="python -m evals.reading.thresholds", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds goemotions/")
    given = parser.parse_args()
    screener = Screener(threads=2)
    low, moderate, high, imminent = singles(screener, given.data)
    screener.policy = replace(screener.policy, at_least=(low, moderate, high, imminent))
    together = adds_up(screener)
    print(f"at_least: {{low: {low}, moderate: {moderate}, high: {high}, imminent: {imminent}}}\nadds_up: {together}")


if __name__ == "__main__":
    main()
