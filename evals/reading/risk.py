"""Authored messages and conversations through the whole assessment, as ``handhold screen`` does it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agent.commands.explain import Screened
from agent.commands.lines import LineIn, LineTurn
from agent.commands.screen import Screener
from agent.domain.risk import Driver, Tier
from classifiers.labels import INTENTS, TIERS
from classifiers.reading import TextReading
from classifiers.train import data
from classifiers.train.metrics import calibration_error, f1, wilson
from evals.reading.figures import Bar, Figure, share

Turns = tuple[tuple[data.Role, str], ...]

CRISIS, CRISIS_LOW, REGISTER = Bar("at least", 0.97), Bar("at least", 0.94), Bar("at least", 0.90)
ARCS, HARD, SAFE = Bar("at least", 0.85), Bar("at most", 0.05), Bar("at most", 0.08)
ORDINARY, INTENT, ECE = Bar("at most", 0.007), Bar("at least", 0.88), Bar("at most", 0.03)
#: Of 1,000 conversations of an open support service, how many are of each tier: a stated assumption, not a finding.
PREVALENCE = {"none": 880, "low": 70, "moderate": 35, "high": 12, "imminent": 3}


@dataclass(frozen=True, slots=True)
class Read:
    """A message with the tier that was assessed and the reading it came from."""

    example: data.Example
    tier: Tier
    reading: TextReading
    reasons: tuple[Driver, ...]

    @property
    def drivers(self) -> str:
        """The reasons in one line."""
        return "; ".join(f"{d.source}: {d.detail} {d.words[:60]!r}" for d in self.reasons)


def screen(screener: Screener, conversations: Sequence[Turns]) -> list[list[Screened]]:
    """The assessed user turns of each conversation of (role, text)."""
    lines = [
        LineIn(id=str(n), turns=[LineTurn(role=role, text=text) for role, text in turns])
        for n, turns in enumerate(conversations)
    ]
    return list(screener.screen(lines))


def read(screener: Screener, examples: Sequence[data.Example]) -> list[Read]:
    """Each message as a conversation of its own."""
    answers = screen(screener, behind([()], [e.text for e in examples]))
    return [
        Read(e, turn.risk.tier, turn.reading, turn.risk.drivers) for e, (turn,) in zip(examples, answers, strict=True)
    ]


def messages(seen: Sequence[Read]) -> list[Figure]:
    """Recall of danger, by tier and register, and false alarms."""
    grave = [r for r in seen if (r.example.tier or 0) >= Tier.HIGH]
    caught = sum(r.tier.elevated for r in grave)
    recall = share("recall of high + imminent, as moderate or worse", caught, len(grave), CRISIS)
    figures = [
        recall,
        Figure("  its Wilson lower bound", recall.interval[0] if recall.interval else 0, None, CRISIS_LOW),
    ]
    figures.append(share("  as high or worse", sum(r.tier >= Tier.HIGH for r in grave), len(grave)))
    for register in sorted({r.example.register for r in grave}):
        mine = [r for r in grave if r.example.register == register]
        bar = REGISTER if register in {"post", "request"} else None
        figures.append(share(f"  in register {register}", sum(r.tier.elevated for r in mine), len(mine), bar))
    for name, tier in (("imminent", Tier.IMMINENT), ("moderate", Tier.MODERATE), ("low", Tier.LOW)):
        mine = [r for r in seen if r.example.tier == tier]
        figures.append(share(f"read as moderate or worse, of {name}", sum(r.tier.elevated for r in mine), len(mine)))
    hard = [r for r in seen if r.example.lookalike and r.example.tier == Tier.NONE]
    figures.append(
        share("false moderate or worse, hard negatives", sum(r.tier.elevated for r in hard), len(hard), HARD)
    )
    calm = [r for r in seen if r.example.tier == Tier.NONE]
    figures.append(share("false moderate or worse, all of none", sum(r.tier.elevated for r in calm), len(calm)))
    return [*figures, *intents(seen)]


def intents(seen: Sequence[Read]) -> list[Figure]:
    """Macro-F1 over the sixteen, and accuracy."""
    named = [r for r in seen if r.example.intent is not None]
    gold, pred = (
        np.array([r.example.intent for r in named]),
        np.array([INTENTS.index(r.reading.intent.label) for r in named]),
    )
    scores = [f1(pred == k, gold == k) for k in range(len(INTENTS)) if (gold == k).any()]
    right = int((gold == pred).sum())
    return [
        Figure(
            "intent macro-F1", float(np.mean(scores)), None, INTENT, f"{len(scores)} intents, {len(named)} messages"
        ),
        share("intent accuracy", right, len(named)),
    ]


def calibration(seen: Sequence[Read]) -> Figure:
    """Expected calibration error of the tier head, mean over its four steps."""
    p = np.array([r.reading.at_least for r in seen])
    tier = np.array([r.example.tier for r in seen])
    errors = [calibration_error(p[:, k], (tier > k).astype(int)) for k in range(len(TIERS) - 1)]
    return Figure("expected calibration error, risk", float(np.mean(errors)), None, ECE, "mean over the four steps")


def reliability(seen: Sequence[Read], bins: int = 5) -> str:
    """What was promised and what came true: by tier step and band of probability, messages, mean and share observed."""
    p = np.array([r.reading.at_least for r in seen])
    tier = np.array([r.example.tier for r in seen])
    rows = ["  at least   probability   messages  mean    observed"]
    for k, name in enumerate(TIERS[1:]):
        band = np.minimum((p[:, k] * bins).astype(int), bins - 1)
        for b in range(bins):
            mine = band == b
            if mine.any():
                span = f"{b / bins:.1f}-{(b + 1) / bins:.1f}"
                mean, observed = p[mine, k].mean(), (tier[mine] > k).mean()
                rows.append(f"  {name:9s}  {span:12s}  {mine.sum():8d}  {mean:.3f}   {observed:.3f}")
    return "\n".join(rows)


#: A beginning that says nothing.
HELLO: Turns = (("user", "hi"), ("assistant", "Hello. I'm glad you wrote. What brings you here today?"))


def small_talk(conversations: Sequence[data.Arc]) -> list[Turns]:
    """The first two exchanges of ordinary conversations: nothing that bears on what comes after them."""
    found = []
    for arc in conversations:
        answers = [n for n, t in enumerate(arc.turns) if t.role == "assistant"][:2]
        if arc.kind == "ordinary" and answers:
            found.append(_said(arc.turns[: answers[-1] + 1]))
    return found


def behind(openings: Sequence[Turns], texts: Sequence[str]) -> list[Turns]:
    """Each message as the next one of a conversation that has begun otherwise, the openings taken in turn."""
    return [(*openings[n % len(openings)], ("user", text)) for n, text in enumerate(texts)]


def heard_last(answers: Iterable[Sequence[Screened]]) -> list[bool]:
    """Whether the last message raises an alarm, of the conversations in which nothing before it does."""
    fair = (turns for turns in answers if not any(t.risk.tier.elevated for t in turns[:-1]))
    return [turns[-1].risk.tier.elevated for turns in fair]


def hidden(screener: Screener, examples: Sequence[data.Example], name: str, openings: Sequence[Turns]) -> list[Figure]:
    """Grave messages and look-alikes once more, behind something harmless, which must hide nobody."""
    grave = [e.text for e in examples if (e.tier or 0) >= Tier.HIGH]
    hard = [e.text for e in examples if e.lookalike and e.tier == Tier.NONE]
    found, false = (heard_last(screen(screener, behind(openings, texts))) for texts in (grave, hard))
    return [
        share(f"behind {name}: high + imminent, as moderate or worse", sum(found), len(found)),
        share("  false moderate or worse, hard negatives", sum(false), len(false)),
    ]


def arcs(screener: Screener, conversations: Sequence[data.Arc]) -> tuple[list[Figure], list[str]]:
    """Whole conversations: danger found, turns of warning before the explicit one, alarms at heavy but safe ones."""
    answers = screen(screener, [_said(arc.turns) for arc in conversations])
    found, warned, late, missed, safe, alarmed, notes = 0, list[int](), 0, 0, 0, 0, list[str]()
    for arc, turns in zip(conversations, answers, strict=True):
        mine = [i for i, t in enumerate(arc.turns) if t.role == "user"]
        first = next((i for i, t in zip(mine, turns, strict=True) if t.risk.tier.elevated), None)
        if max(t.stands for t in arc.turns) < Tier.MODERATE:
            if arc.kind == "heavy_but_safe":
                safe, alarmed = safe + 1, alarmed + (first is not None)
            if first is not None:
                why = next(t.risk.drivers[0] for i, t in zip(mine, turns, strict=True) if i == first)
                notes.append(
                    f"alarm in {arc.id} ({arc.kind}), {why.source} {why.detail}: {arc.turns[first].text[:160]}"
                )
            continue
        found += first is not None
        missed += first is None
        if first is None:
            notes.append(f"missed {arc.id} ({arc.kind}): {arc.turns[mine[-1]].text[:120]}")
        elif arc.explicit is not None:
            ahead = sum(first <= i < arc.explicit for i in mine)
            warned.append(ahead)
            late += first > arc.explicit
    figures = [
        share("dangerous conversations, moderate or worse by the end", found, found + missed, ARCS),
        share("  found before the explicit turn", sum(w > 0 for w in warned), len(warned)),
        Figure(
            "  turns of warning before it, mean",
            float(np.mean(warned)) if warned else 0.0,
            note=f"{late} found after it",
        ),
        share("false moderate or worse, heavy but safe conversations", alarmed, safe, SAFE),
    ]
    return figures, notes


def _said(turns: Sequence[data.ArcTurn]) -> Turns:
    return tuple((t.role, t.text) for t in turns)


def indirect(screener: Screener, conversations: Sequence[data.Arc]) -> Figure:
    """Dangerous conversations cut before the first openly explicit turn: is the danger seen all the same."""
    kinds = {"slow_build", "loss_then_means", "drift"}
    cut = []
    for arc in conversations:
        turns = arc.turns[: arc.explicit] if arc.explicit is not None else arc.turns
        if arc.kind in kinds and any(t.role == "user" and t.stands >= Tier.MODERATE for t in turns):
            cut.append(_said(turns))
    answers = screen(screener, cut)
    hits = sum(any(t.risk.tier.elevated for t in turns) for turns in answers)
    return share("indirect conversations, before anything explicit", hits, len(cut), ARCS)


def ordinary(screener: Screener, folder: Path, split: data.Split) -> tuple[Figure, list[str]]:
    """Everyday comments, most of them without any danger; every alarm is listed to be judged."""
    comments = data.goemotions(folder / "goemotions", split)
    seen = read(screener, comments)
    alarms = [r for r in seen if r.tier.elevated]
    notes = [f"{r.tier.label}: {r.example.text}  [{r.drivers}]" for r in alarms]
    return share(f"moderate or worse, GoEmotions {split}", len(alarms), len(seen), ORDINARY), notes


def languages(screener: Screener) -> str:
    """High and imminent danger found, and alarms at none, by language: small samples, each with its Wilson interval."""
    seen = read(screener, data.foreign("test"))
    rows = ["  language   high + imminent found      false alarms at none"]
    for name in sorted({r.example.language for r in seen}):
        mine = [r for r in seen if r.example.language == name]
        grave = [r.tier.elevated for r in mine if (r.example.tier or 0) >= Tier.HIGH]
        calm = [r.tier.elevated for r in mine if r.example.tier == Tier.NONE]
        parts = (
            f"{sum(g)} of {len(g)} ({low:.2f}-{high:.2f})"
            for g in (grave, calm)
            for low, high in (wilson(sum(g), len(g)),)
        )
        rows.append("  {:10s} {:26s} {}".format(name, *parts))
    return "\n".join(rows)


def alarms(seen: Sequence[Read]) -> str:
    """Messages read as moderate, high or imminent in 1,000 conversations at the stated prevalence."""
    rows = []
    for said in (Tier.MODERATE, Tier.HIGH, Tier.IMMINENT):
        true, false = 0.0, 0.0
        for k, name in enumerate(TIERS):
            mine = [r for r in seen if r.example.tier == k]
            expected = PREVALENCE[name] * sum(r.tier == said for r in mine) / max(1, len(mine))
            true, false = (true + expected, false) if k >= Tier.MODERATE else (true, false + expected)
        rows.append(f"  {said.label:9s} {true + false:6.1f} alarms, {false:6.1f} of them at none or low")
    stated = ", ".join(f"{n} {name}" for name, n in PREVALENCE.items())
    return f"Alarms per 1,000 conversations of one message ({stated}: assumed)\n" + "\n".join(rows)
