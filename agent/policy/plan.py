"""From a reading and the turns before it to a plan: what this reply is for. Pure rules, first match wins.

After Hill's helping skills (explore before insight before action): people are heard first, a skill is offered after
two turns of exploring or when they ask for one, and never twice in a row without an answer.
"""

from collections.abc import Sequence
from typing import Final

from agent.domain.risk import Tier
from agent.domain.turn import PastTurn, Plan, Strategy
from classifiers.labels import Emotion, Intent
from classifiers.reading import TextReading

EXPLORE_TURNS_BEFORE_OFFER = 2
CHECK_IN_EVERY = 4

_SIMPLE: Final[dict[Intent, Strategy]] = {
    "greeting": "greet",
    "farewell": "close",
    "gratitude": "accept_thanks",
    "share_good_news": "celebrate",
    "seek_information": "inform",
    "seek_coping_skill": "offer_skill",
    "seek_person": "connect_person",
    "ask_about_agent": "about_agent",
    "homework_followup": "follow_homework",
    "out_of_scope": "redirect",
    "worry_about_other": "explore",
    "past_crisis": "validate",
    "crisis": "check_in",
}
_HEAVY: Final[frozenset[Emotion]] = frozenset(
    {"sadness", "grief", "fear", "nervousness", "anger", "annoyance", "remorse", "disappointment", "embarrassment",
     "disgust", "disapproval"}
)  # fmt: skip
#: Below this the intent is a guess, and listening is the safe thing to do.
SURE_ENOUGH = 0.45


def plan(  # noqa: PLR0911  (one rule a line, first match wins)
    reading: TextReading | None, history: Sequence[PastTurn], tier: Tier
) -> Plan:
    """The plan for an ordinary turn (tier none or low)."""
    leaving = reading is not None and reading.intent.label == "farewell" and reading.intent.score >= SURE_ENOUGH
    asked = any(t.strategy == "check_in" for t in history[-CHECK_IN_EVERY:])
    if tier == Tier.LOW and not asked and not leaving:
        return Plan("check_in", check_in=True)
    if reading is None:
        return Plan("listen")
    last = history[-1] if history else None
    intent = reading.intent.label
    sure = reading.intent.score >= SURE_ENOUGH
    if intent == "agree" and last is not None and last.strategy in {"offer_skill", "continue"}:
        return Plan("continue", technique=last.technique)
    if intent == "disagree" and last is not None:
        return Plan("repair")
    if sure and intent in _SIMPLE and not (intent == "out_of_scope" and _HEAVY & set(reading.felt)):
        return _simple(intent, last)
    if _ready_for_offer(history):
        return Plan("offer_skill", retrieve=True)
    if not history or last is None or last.strategy not in {"listen", "validate"}:
        return Plan("listen" if _HEAVY & set(reading.felt) else "explore")
    return Plan("explore")


def _simple(intent: Intent, last: PastTurn | None) -> Plan:
    strategy = _SIMPLE[intent]
    if strategy == "offer_skill" and last is not None and last.strategy == "offer_skill":
        return Plan("explore")
    if strategy == "check_in":
        return Plan("check_in", check_in=True)
    return Plan(strategy, retrieve=strategy in {"inform", "offer_skill"})


def _ready_for_offer(history: Sequence[PastTurn]) -> bool:
    """Two turns of listening since the last offer."""
    since = 0
    for turn in reversed(history):
        if turn.strategy in {"offer_skill", "continue", "repair"}:
            return False if since < EXPLORE_TURNS_BEFORE_OFFER + 1 else since >= EXPLORE_TURNS_BEFORE_OFFER + 1
        if turn.strategy in {"listen", "explore", "validate", "check_in"}:
            since += 1
    return since >= EXPLORE_TURNS_BEFORE_OFFER
