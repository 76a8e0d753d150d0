"""From a reading and the turns before it to a plan: what this reply is for. Pure rules, first match wins.

After Hill's helping skills (explore before insight before action): people are heard first, a skill is offered after
two turns of exploring or when they ask for one, and never twice in a row without an answer. An intent counts only
where it makes sense: nobody shares good news in anger, and nobody disagrees before anything was said.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from agent.domain.risk import RiskAssessment, Tier
from agent.domain.turn import Asked, PastTurn, Plan, Strategy
from agent.policy.eating import about_eating_less
from classifiers.labels import Emotion, Intent
from classifiers.reading import TextReading

EXPLORE_TURNS_BEFORE_OFFER = 2
CHECK_IN_EVERY = 4
#: Below this the intent is a guess, and listening is the safe thing to do.
SURE_ENOUGH = 0.45
#: Asked for before a person is told that something lies in the past, or outside this chat.
QUITE_SURE = 0.7
#: What the page sends when somebody presses the button.
ASK_FOR_PERSON: Final = "i would like to talk to a person"
_SHORT = 9

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
    "past_crisis": "validate",
}
_HEAVY: Final[frozenset[Emotion]] = frozenset(
    {"sadness", "grief", "fear", "nervousness", "anger", "annoyance", "remorse", "disappointment", "embarrassment",
     "disgust", "disapproval"}
)  # fmt: skip
#: Felt when something is good.
GLAD: Final[frozenset[Emotion]] = frozenset(
    {"joy", "gratitude", "pride", "relief", "excitement", "optimism", "admiration", "love", "amusement"}
)
_LISTENING: Final[frozenset[Strategy]] = frozenset({"listen", "explore", "validate", "check_in"})
_OFFERING: Final[frozenset[Strategy]] = frozenset({"offer_skill", "continue"})
_ASKS = re.compile(
    r"\?|^\W*(?:is|are|do|does|did|can|could|what|why|how|when|where|who|which|should|would|will)\b", re.IGNORECASE
)
_ABOUT_THE_REPLY = re.compile(
    r"\b(?:you(?:'re| are)?|your|that|this|it)\b.{0,25}"
    r"\b(?:help|listen|get it|understand|wrong|point|useless|work|stupid)",
    re.IGNORECASE,
)
_TASK_WORDS = 2
_WANTS_SOMEBODY = re.compile(
    r"\b(?:want|like|need|prefer|rather|can|could|may|let|put|get)\b.{0,25}\b(?:talk|speak|chat|call|phone|through)\b",
    re.IGNORECASE,
)


def plan(
    text: str, reading: TextReading | None, history: Sequence[PastTurn], risk: RiskAssessment, *, noted: bool = False,
    asked: tuple[Asked, ...] = (),
) -> Plan:  # fmt: skip
    """The plan for an ordinary turn. ``noted``: the person was told in this conversation how their language is read.

    ``asked``: what the message asks of the program itself.
    """
    if asked:
        return _plainly(asked)
    if reading is None:
        return Plan("check_in", check_in=True) if _should_check_in(None, history, risk) else Plan("listen")
    if language_due(reading, noted=noted):
        return Plan("language")
    intent = _plausible(text, reading, history, risk.tier)
    return replace(_choose(text, intent, reading, history, risk), intent=intent)


def _plainly(asked: tuple[Asked, ...]) -> Plan:
    """What is asked of the program itself comes before what it leaves to others."""
    if "there" in asked:
        return Plan("connect_person", asked=asked, intent="ask_about_agent")
    if {"human", "secrecy"} & set(asked):
        return Plan("about_agent", asked=asked, intent="ask_about_agent")
    return Plan("inform", asked=asked, intent="seek_information")


def asks_for_person(text: str, reading: TextReading | None, asked: Sequence[Asked] = ()) -> bool:
    """Whether this is a plain request to talk to a human being: by the button's own words, or read with certainty.

    To ask whether one talks to a human being is no such request, unless it says so.
    """
    if " ".join(text.lower().split()).strip(" .!") == ASK_FOR_PERSON:
        return True
    if {"human", "there"} & set(asked) and not _WANTS_SOMEBODY.search(text):
        return False
    return reading is not None and reading.intent.label == "seek_person" and reading.intent.score >= QUITE_SURE


def language_due(reading: TextReading | None, *, noted: bool) -> bool:
    """Whether this reply is the one that tells that the language is read less well."""
    return reading is not None and "language" in reading.doubts and not noted


def _choose(text: str, intent: Intent, reading: TextReading, history: Sequence[PastTurn], risk: RiskAssessment) -> Plan:
    last = history[-1] if history else None
    if _should_check_in(intent, history, risk):
        return Plan("check_in", check_in=True)
    if last is not None and last.strategy in _OFFERING and _goes_along(text, intent, last):
        return Plan("continue", technique=last.technique)
    if intent == "disagree":
        return Plan("repair")
    if intent in _SIMPLE:
        return _simple(_SIMPLE[intent])
    if _ready_for_offer(history):
        return Plan("offer_skill", retrieve=True)
    heard = last is not None and last.strategy in {"listen", "validate"}
    return Plan("listen" if _HEAVY & set(reading.felt) and not heard else "explore")


def _plausible(text: str, reading: TextReading, history: Sequence[PastTurn], tier: Tier) -> Intent:
    """The intent where it makes sense here, else ``vent``: to be heard."""
    intent, short = reading.intent.label, len(text.split()) <= _SHORT
    felt, said_something = set(reading.felt), bool(history)
    sure = reading.intent.score >= QUITE_SURE
    fits = {
        "greeting": short,
        "farewell": short or said_something,
        "agree": said_something and short,
        "disagree": said_something and (_refuses(text, short=short) or bool(_ABOUT_THE_REPLY.search(text))),
        "gratitude": "gratitude" in felt or short,
        "share_good_news": bool(felt & GLAD) and not felt & _HEAVY and not about_eating_less(text, history),
        "seek_information": bool(_ASKS.search(text)),
        "homework_followup": any(t.strategy in _OFFERING for t in history) or "exercise" in text.lower(),
        "out_of_scope": not felt & _HEAVY and len(text.split()) > _TASK_WORDS and sure,
        "past_crisis": tier >= Tier.LOW and sure,
    }.get(intent, True)
    return intent if fits and reading.intent.score >= SURE_ENOUGH else "vent"


def _refuses(text: str, *, short: bool) -> bool:
    return short and text.lower().lstrip().startswith("no")


def _should_check_in(intent: Intent | None, history: Sequence[PastTurn], risk: RiskAssessment) -> bool:
    """One light check-in at low risk about oneself, not as people leave, and not again for some turns."""
    about_life = bool({"suicide", "self_harm"} & set(risk.domains)) or risk.degraded
    asked = any(t.strategy == "check_in" for t in history[-CHECK_IN_EVERY:])
    own = risk.whose == "self" and intent not in {"farewell", "past_crisis", "worry_about_other"}
    return risk.here == Tier.LOW and about_life and own and not asked


def _goes_along(text: str, intent: Intent, last: PastTurn) -> bool:
    """A yes to an offer, or whatever is said in answer to a step of an exercise, short of turning to something else."""
    if intent == "agree":
        return True
    return last.strategy == "continue" and intent in {"vent", "homework_followup"} and not _ASKS.search(text)


def _simple(strategy: Strategy) -> Plan:
    return Plan(strategy, retrieve=strategy in {"inform", "offer_skill"})


def _ready_for_offer(history: Sequence[PastTurn]) -> bool:
    """Two turns of listening at the start, three after an offer or a complaint."""
    since = 0
    for turn in reversed(history):
        if turn.strategy in _OFFERING or turn.strategy == "repair":
            return since > EXPLORE_TURNS_BEFORE_OFFER
        since += turn.strategy in _LISTENING
    return since >= EXPLORE_TURNS_BEFORE_OFFER
