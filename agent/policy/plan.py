"""From a reading and the turns before it to a plan: what this reply is for. Pure rules, first match wins.

After Hill's helping skills (explore before insight before action): people are heard first and what they said is summed
up; a skill is offered after that, or when they ask for one, and never twice in a row without an answer. An intent
counts only where it makes sense: nobody shares good news in anger, and nobody disagrees before anything was said.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from agent.care import in_chat
from agent.domain.exercise import Practice
from agent.domain.risk import RiskAssessment, Tier
from agent.domain.turn import Asked, PastTurn, Plan, Strategy
from agent.policy.eating import about_eating_less
from classifiers.labels import Emotion, Intent
from classifiers.reading import TextReading

EXPLORE_TURNS_BEFORE_OFFER = 3
#: Turns in which a talk is summed up once at most.
SUMMED_UP_EVERY = 8
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
_LISTENING: Final[frozenset[Strategy]] = frozenset(
    {"listen", "explore", "validate", "check_in", "normalise", "summarise"}
)
_OFFERING: Final[frozenset[Strategy]] = frozenset({"offer_skill", "continue"})
_ASKS = re.compile(
    r"\?|^\W*(?:is|are|do|does|did|can|could|what|why|how|when|where|who|which|should|would|will)\b", re.IGNORECASE
)
_ABOUT_THE_REPLY = re.compile(
    r"\b(?:you(?:'re| are)?|your|that|this|it)\b.{0,25}"
    r"\b(?:help|listen|get it|understand|wrong|point|useless|work|stupid)",
    re.IGNORECASE,
)
#: Whether others feel like this, too.
_AM_I_NORMAL = re.compile(
    r"\b(?:is (?:it|this|that)|am i|are (?:these|those)) (?:even |still |just |so |that |going )*"
    r"(?:normal|weird|crazy|mad|strange|odd|broken|the only one|alone (?:in|with) this|overreacting)\b"
    r"|\b(?:does|do|has|have) (?:any(?:one|body) else|other people|others)\b|\bonly one (?:who|that)\b",
    re.IGNORECASE,
)
#: "No idea" is no no.
_NO = re.compile(r"\W*no(?!\s+(?:idea|clue|one|body|reason)\b|body\b|thing\b)", re.IGNORECASE)
_RESUMES = re.compile(
    r"\b(?:go(?:ing)? on|carry(?:ing)? on|continu(?:e|ing)|finish(?:ing)?|pick(?:ing)? up|resum(?:e|ing)|get back)\b"
    r".{0,40}\b(?:exercise|practice|steps?|breathing|record|list|where (?:we|i)|left off|stopped|last time)\b",
    re.IGNORECASE,
)
_MOST_SHOWN = 140
_TASK_WORDS = 2
_AGREES = re.compile(
    r"\b(?:yes|yeah|yep|yup|ya|aye|ok|okay|k|sure|fine|please|let'?s|alright|all right|go on|go ahead|try|do it"
    r"|do that|sounds|good|great|right|why not|maybe|guess|mm+|hm+|agreed?|true|exactly|done|ready|next|could|can"
    r"|i'?ll)\b|👍|👌",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\b(?:thank\w*|thx|thnx|ty|tysm|cheers|ta|appreciate\w*|grateful|helped|helpful|kind of you|bless you)\b|🙏|❤",
    re.IGNORECASE,
)
_WANTS_SOMEBODY = re.compile(
    r"\b(?:want|like|need|prefer|rather|can|could|may|let|put|get)\b.{0,25}\b(?:talk|speak|chat|call|phone|through)\b",
    re.IGNORECASE,
)


def plan(
    text: str, reading: TextReading | None, history: Sequence[PastTurn], risk: RiskAssessment, *, noted: bool = False,
    asked: tuple[Asked, ...] = (), left: Practice | None = None, set_out: str = "",
    against: frozenset[str] = frozenset(),
) -> Plan:  # fmt: skip
    """The plan for an ordinary turn. ``noted``: the person was told in this conversation how their language is read.

    ``asked``: what the message asks of the program itself. ``left``: an exercise that was begun and not ended.
    ``set_out``: what they set out to do after one, to be asked about now. ``against``: contraindications, by name.
    """
    if asked:
        return _plainly(asked)
    if reading is None:
        return Plan("check_in", check_in=True) if _should_check_in(None, history, risk) else Plan("listen")
    if language_due(reading, noted=noted):
        return Plan("language")
    intent = _plausible(text, reading, history, risk.tier)
    chosen = replace(_choose(text, intent, reading, history, risk), intent=intent)
    if risk.tier > Tier.LOW:
        return chosen
    return _by_name(chosen, text, history, left, against) or _asking_back(chosen, history, set_out)


def _by_name(
    chosen: Plan, text: str, history: Sequence[PastTurn], left: Practice | None, against: frozenset[str]
) -> Plan | None:
    """Begin the exercise that is asked for by name, or go on with the one of an earlier day."""
    if any(in_chat.step_of(t.pieces) for t in history[-1:]):
        return None
    if left is not None and _RESUMES.search(text):
        return replace(chosen, strategy="continue", technique=left.exercise, resume=in_chat.number_of(left))
    named = in_chat.asked_for(text)
    if named is None:
        return None
    if against.isdisjoint(named.contraindications):
        return replace(chosen, strategy="continue", technique=named.key, resume=0)
    return replace(chosen, strategy="offer_skill", retrieve=True)


def _asking_back(chosen: Plan, history: Sequence[PastTurn], set_out: str) -> Plan:
    """Ask once, at the hello, what came of a plan."""
    due = chosen.strategy == "greet" and not history and _shown(set_out)
    return replace(chosen, set_out=set_out) if due else chosen


def _shown(words: str) -> bool:
    """Whether what somebody set out to do can be said back to them in a sentence."""
    return 0 < len(words) <= _MOST_SHOWN and "\n" not in words and '"' not in words and "?" not in words


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
    if last is not None and last.strategy in _OFFERING and not _left(last) and _goes_along(text, intent, last):
        return Plan("continue", technique=last.technique)
    if intent == "disagree":
        return Plan("repair")
    if intent in {"vent", "seek_information"} and _AM_I_NORMAL.search(text):
        return Plan("normalise", retrieve=True)
    return _simple(_SIMPLE[intent]) if intent in _SIMPLE else _hearing(reading, history)


def _hearing(reading: TextReading, history: Sequence[PastTurn]) -> Plan:
    """Hear, then sum up, then offer."""
    if _ready_for_offer(history):
        told = any(t.strategy in {"summarise", *_OFFERING} for t in history[-SUMMED_UP_EVERY:])
        return Plan("offer_skill", retrieve=True) if told else Plan("summarise")
    heard = bool(history) and history[-1].strategy in {"listen", "validate"}
    return Plan("listen" if _HEAVY & set(reading.felt) and not heard else "explore")


def _plausible(text: str, reading: TextReading, history: Sequence[PastTurn], tier: Tier) -> Intent:
    """The intent where it makes sense here, else ``vent``: to be heard."""
    intent, short = reading.intent.label, len(text.split()) <= _SHORT
    felt, said_something = set(reading.felt), bool(history)
    sure = reading.intent.score >= QUITE_SURE
    fits = {
        "greeting": short,
        "farewell": short or said_something,
        "agree": said_something and short and (bool(_AGREES.search(text)) or len(text.split()) <= _TASK_WORDS),
        "disagree": said_something and (_refuses(text, short=short) or bool(_ABOUT_THE_REPLY.search(text))),
        "gratitude": bool(_THANKS.search(text)) or len(text.split()) <= _TASK_WORDS,
        "share_good_news": bool(felt & GLAD) and not felt & _HEAVY and not about_eating_less(text, history),
        "seek_information": bool(_ASKS.search(text)),
        "homework_followup": any(t.strategy in _OFFERING for t in history) or "exercise" in text.lower(),
        "out_of_scope": not felt & _HEAVY and len(text.split()) > _TASK_WORDS and sure,
        "past_crisis": tier >= Tier.LOW and sure,
    }.get(intent, True)
    return intent if fits and reading.intent.score >= SURE_ENOUGH else "vent"


def _refuses(text: str, *, short: bool) -> bool:
    return short and bool(_NO.match(text))


def _should_check_in(intent: Intent | None, history: Sequence[PastTurn], risk: RiskAssessment) -> bool:
    """One light check-in at low risk about oneself, not as people leave, and not again for some turns."""
    about_life = bool({"suicide", "self_harm"} & set(risk.domains)) or risk.degraded
    asked = any(t.strategy == "check_in" for t in history[-CHECK_IN_EVERY:])
    own = risk.whose == "self" and intent not in {"farewell", "past_crisis", "worry_about_other"}
    return risk.here == Tier.LOW and about_life and own and not asked


def _left(last: PastTurn) -> bool:
    """Whether the exercise was put down in that reply."""
    return any(p.startswith("walk_hard/") for p in last.pieces)


def _goes_along(text: str, intent: Intent, last: PastTurn) -> bool:
    """A yes to an offer, or whatever is said in answer to a step of an exercise, short of turning to something else."""
    if intent == "agree":
        return True
    return last.strategy == "continue" and intent in {"vent", "homework_followup"} and not _ASKS.search(text)


def _simple(strategy: Strategy) -> Plan:
    return Plan(strategy, retrieve=strategy in {"inform", "offer_skill"})


def _ready_for_offer(history: Sequence[PastTurn]) -> bool:
    """Three turns of listening at the start, four after an offer or a complaint."""
    since = 0
    for turn in reversed(history):
        if turn.strategy in _OFFERING or turn.strategy == "repair":
            return since > EXPLORE_TURNS_BEFORE_OFFER
        since += turn.strategy in _LISTENING
    return since >= EXPLORE_TURNS_BEFORE_OFFER
