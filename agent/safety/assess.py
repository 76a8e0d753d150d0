"""From signals and history to a risk tier: one pure function, the only place where risk is decided.

Signals combine by max, never by mean: a stronger one never lowers the tier. What came before a message may clear it up,
within the bounds of ``despite_context`` (ADR 0014). A failed sensor raises caution. What stood before holds: it steps
down by the rule in ``stepped_down`` alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files

import yaml

from agent.domain.risk import Driver, RiskAssessment, Standing, Tier, Whose
from agent.domain.turn import PastTurn
from agent.safety.hints import Hints
from agent.safety.lexicon import Cue
from classifiers.evidence import IN_WORDS, Heard, Weights
from classifiers.labels import DOMAINS, TIERS, Domain
from classifiers.reading import TextReading

_QUOTE = 160
_LOOK_BACK = 6
_ADDS_UP = 12
_NAMED = 0.9
_NOT_SURE = "not sure"
#: No probability counts as nearer to 0 or 1 than this when two are put together.
_NEVER_SURE = 1e-4
#: Probabilities or thresholds for at least low, moderate, high, imminent.
Steps = tuple[float, float, float, float]
_LOW_FELT = frozenset({"sadness", "grief", "remorse", "disappointment", "fear"})


@dataclass(frozen=True, slots=True)
class RiskPolicy:
    """Thresholds and counts, from ``data/risk_policy.yaml``; ``version`` is stored with every assessment.

    ``at_least`` holds the probability from which the reader's word counts, for low, moderate, high and imminent. A
    message that was read in the light of the turns before it has two readings: ``context_weight`` is the share, in
    [0, 1], of the one in that light when they are put together; ``in_context`` holds the thresholds for both together,
    ``despite_context`` those from which the message counts by itself all the same. ``alert_factor`` lowers ``at_least``
    and ``in_context`` while elevated risk stands, ``foreign_factor`` all three where the language is read less well.
    From ``unsure`` on, a risk of moderate or worse that does not count is said to be not sure. ``adds_up`` is the
    probability from which ``evidence`` over several turns counts, ``speaks`` the one from which a turn adds to it.
    """

    version: str
    at_least: Steps
    context_weight: float
    in_context: Steps
    despite_context: Steps
    unsure: float
    domain: float
    domain_guess: float
    alert_factor: float
    foreign_factor: float
    adds_up: float
    speaks: float
    evidence: Weights
    step_down_after_hours: int
    step_down_after_calm_turns: int

    @classmethod
    def load(cls) -> "RiskPolicy":
        """Read the packaged file."""
        data = yaml.safe_load(files("agent.safety").joinpath("data/risk_policy.yaml").read_text("utf-8"))

        def steps(name: str) -> Steps:
            low, moderate, high, imminent = (float(data[name][t]) for t in TIERS[1:])
            return low, moderate, high, imminent

        return cls(
            version=str(data["version"]),
            at_least=steps("at_least"),
            context_weight=float(data["context_weight"]),
            in_context=steps("in_context"),
            despite_context=steps("despite_context"),
            unsure=float(data["unsure"]),
            domain=float(data["domain"]),
            domain_guess=float(data["domain_guess"]),
            alert_factor=float(data["alert_factor"]),
            foreign_factor=float(data["foreign_factor"]),
            adds_up=float(data["adds_up"]),
            speaks=float(data["speaks"]),
            evidence=Weights(tuple(data["evidence"]["weights"].items()), float(data["evidence"]["bias"])),
            step_down_after_hours=int(data["step_down"]["hours"]),
            step_down_after_calm_turns=int(data["step_down"]["calm_turns"]),
        )


@dataclass(frozen=True, slots=True)
class Signals:
    """What the sensors said of one message. ``reading`` is None when the reader failed."""

    text: str
    reading: TextReading | None
    cues: tuple[Cue, ...]


def assess(
    signals: Signals, history: Sequence[PastTurn], standing: Standing, hints: Hints, policy: RiskPolicy,
    elsewhere: Sequence[PastTurn] = (),
) -> RiskAssessment:  # fmt: skip
    """Decide the tier of a turn. Pure: no clock, no database, no model.

    ``history`` holds the earlier turns of this conversation, ``elsewhere`` recent ones of the person's others.
    """
    drivers = [*_from_reader(signals, standing, policy), *_from_lexicon(signals.cues)]
    drivers += _from_history(signals, history, standing, hints)
    drivers += _added_up(signals, [*elsewhere, *history], policy)
    if signals.reading is None and not hints.benign(signals.text):
        drivers.append(Driver("degraded", Tier.MODERATE, "the text reader did not answer", _quote(signals.text)))
    here = max((d.tier for d in drivers), default=Tier.NONE)
    retraction = standing.tier.elevated and not here.elevated and hints.retraction(signals.text)
    if standing.tier > here:
        drivers.append(Driver("open_case", standing.tier, "stood before this message and holds"))
    own = _domains(signals, drivers, here, policy)
    return RiskAssessment(
        here=here,
        tier=max(here, standing.tier),
        domains=tuple(dict.fromkeys([*own, *standing.domains] if here >= standing.tier else [*standing.domains, *own])),
        drivers=tuple(sorted(drivers, key=lambda d: -d.tier)),
        whose=_whose(signals, here),
        retraction=retraction,
        degraded=signals.reading is None,
        policy_version=policy.version,
    )


def stepped_down(standing: Standing, now: datetime, policy: RiskPolicy) -> Standing:
    """The step-down rule: one tier after enough hours and enough calm turns in a row, and never below low by itself."""
    if not standing.tier.elevated or standing.since is None or standing.calm_turns < policy.step_down_after_calm_turns:
        return standing
    if now - standing.since < timedelta(hours=policy.step_down_after_hours):
        return standing
    return Standing(Tier(standing.tier - 1), standing.domains, now, 0)


def _from_reader(signals: Signals, standing: Standing, policy: RiskPolicy) -> list[Driver]:
    reading = signals.reading
    if reading is None:
        return []
    factor = policy.alert_factor if standing.tier.elevated else 1.0
    factor *= policy.foreign_factor if "language" in reading.doubts else 1.0
    held = standing.tier.elevated
    both = None if reading.in_context is None else together(reading.at_least, reading.in_context, policy.context_weight)
    alone = policy.at_least if both is None or held else policy.despite_context
    found = _reached(reading.at_least, alone, factor, "reads as", signals.text)
    if both is not None:
        # What stands is held already: beyond it, what came before must not be heard anew in every message.
        lit = _reached(both, policy.in_context, factor, "after what came before, reads as", signals.text)
        found += [d for d in lit if not held or d.tier > standing.tier]
    moderate = reading.at_least[1] if both is None or held else both[1]
    if moderate >= policy.unsure and not found:
        return [Driver("text_model", Tier.LOW, _NOT_SURE, _quote(signals.text), round(moderate, 4))]
    return found


def together(alone: Steps, lit: Steps, weight: float) -> Steps:
    """Two readings of one message as one: the weighted mean of their log odds, by step (a logarithmic opinion pool)."""

    def pooled(a: float, b: float) -> float:
        return 1 / (1 + math.exp((weight - 1) * _log_odds(a) - weight * _log_odds(b)))

    low, moderate, high, imminent = map(pooled, alone, lit)
    return low, moderate, high, imminent


def _log_odds(p: float) -> float:
    inside = min(max(p, _NEVER_SURE), 1 - _NEVER_SURE)
    return math.log(inside / (1 - inside))


def _reached(probabilities: Steps, thresholds: Steps, factor: float, says: str, text: str) -> list[Driver]:
    """The gravest tier whose probability reaches its threshold."""
    reached = [k for k, p in enumerate(probabilities) if p >= factor * thresholds[k]]
    if not reached:
        return []
    tier, score = Tier(reached[-1] + 1), round(probabilities[reached[-1]], 4)
    return [Driver("text_model", tier, f"{says} {tier.label}", _quote(text), score)]


def _added_up(signals: Signals, past: Sequence[PastTurn], policy: RiskPolicy) -> list[Driver]:
    """Signs of several turns together, none of which need be enough: loss, then no way out, then a goodbye."""
    if signals.reading is None:
        return []
    now = Heard(signals.reading.signs, signals.reading.at_least)
    turns = [*(t.heard for t in past[1 - _ADDS_UP :] if t.heard is not None), now]
    says_something = now.at_least[0] >= policy.speaks or any(s.score >= policy.speaks for s in now.signs)
    probability = policy.evidence.probability(turns)
    if len(turns) == 1 or not says_something or probability < policy.adds_up:
        return []
    carried = ", ".join(IN_WORDS.get(name, name) for name in policy.evidence.leading(turns))
    why = f"adds up over {len(turns)} turns: {carried}"
    return [Driver("history", Tier.MODERATE, why, _quote(signals.text), round(probability, 4))]


def _from_lexicon(cues: tuple[Cue, ...]) -> list[Driver]:
    """What is about now counts in full; what is past, denied or about somebody else as low; fiction not at all."""
    drivers = []
    for cue in cues:
        claimed = Tier.of(cue.tier)
        tier = claimed if cue.frame == "now" else Tier.NONE if cue.frame == "hypothetical" else min(claimed, Tier.LOW)
        if tier > Tier.NONE:
            domain = _domain(cue.domain) if cue.frame == "now" else None
            detail = f"{cue.domain}/{cue.frame}/{cue.entry}"
            drivers.append(Driver("lexicon", tier, detail, cue.words, domain=domain))
    return drivers


def _from_history(signals: Signals, history: Sequence[PastTurn], standing: Standing, hints: Hints) -> list[Driver]:
    recent = history[-_LOOK_BACK:]
    found = []
    if history:
        answer = hints.answers_yes(signals.text, history[-1].reply)
        if answer > Tier.NONE:
            found.append(
                Driver("history", answer, "a yes to a direct question", _quote(signals.text), domain="suicide")
            )
    ready, time = hints.has_means(signals.text), hints.names_a_time(signals.text)
    words = f"{time} {ready}".strip()
    if standing.tier >= Tier.MODERATE and "suicide" in standing.domains and words:
        tier = Tier.IMMINENT if ready and time else Tier.HIGH if ready else Tier.MODERATE
        found.append(Driver("history", tier, "time or means named while risk stands", words, domain="suicide"))
    elif ready and time and any(_is_wish_to_die(cue) for cue in signals.cues):
        found.append(Driver("lexicon", Tier.IMMINENT, "time and means named", words, domain="suicide"))
    means = hints.asks_about_means(signals.text)
    if means:
        lost = hints.tells_of_loss(signals.text) or next(
            filter(None, (hints.tells_of_loss(t.text) for t in recent)), ""
        )
        low = any(t.tier >= Tier.LOW or _LOW_FELT & set(t.felt) for t in recent)
        if lost or low:
            why = "a question about means after a loss" if lost else "a question about means in low spirits"
            named = f"{lost} … {means}" if lost else means
            found.append(Driver("history", Tier.MODERATE, why, named, domain="suicide"))
    return found


def _is_wish_to_die(cue: Cue) -> bool:
    return cue.domain == "suicide" and cue.frame == "now" and Tier.of(cue.tier) >= Tier.MODERATE


def _domain(name: str) -> Domain:
    return next(d for d in DOMAINS if d == name)


def _domains(signals: Signals, drivers: Sequence[Driver], here: Tier, policy: RiskPolicy) -> tuple[Domain, ...]:
    """Domains by strength: the reader's above the policy's threshold, and those that a driver names."""
    if here == Tier.NONE:
        return ()
    scores: dict[Domain, float] = {}
    if signals.reading is not None:
        scores = {d.label: d.score for d in signals.reading.domains if d.score >= policy.domain}
    for driver in drivers:
        if driver.domain is not None:
            scores[driver.domain] = max(scores.get(driver.domain, 0.0), _NAMED)
    if not scores and signals.reading is not None and signals.reading.domains:
        best = max(signals.reading.domains, key=lambda d: d.score)
        # Not knowing what the danger is, asking about suicide is the safe thing to do.
        unsure = any(d.detail == _NOT_SURE for d in drivers)
        if best.score >= policy.domain_guess or here.elevated or unsure:
            scores = {best.label if best.score >= policy.domain_guess else "suicide": best.score}
    return tuple(sorted(scores, key=lambda d: -scores[d]))


def _whose(signals: Signals, here: Tier) -> Whose:
    """Somebody else's danger only when the reader says so and no cue speaks of the writer, now."""
    if signals.reading is None or here == Tier.NONE:
        return "self"
    about_other = signals.reading.intent.label == "worry_about_other"
    return "other" if about_other and not any(c.frame == "now" for c in signals.cues) else "self"


def _quote(text: str) -> str:
    return text if len(text) <= _QUOTE else text[: _QUOTE - 1] + "…"
