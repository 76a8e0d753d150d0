"""From conditioning to prompt values: what was read decides what the model is told. Pure."""

from typing import Final

from agent.domain.turn import Conditioning, Strategy
from classifiers.labels import Intent

RECENT_TURNS = 6
_CUT = 600
STRONG = 0.5

_AIMS: Final[dict[Strategy, str]] = {
    "listen": "show that you heard what weighs on them, then ask one open question about it",
    "explore": "pick up the most important thing they said and ask one open question that helps them say more",
    "validate": "say why what they feel makes sense, without fixing it",
    "normalise": "say that others know this, too, without making it small, and ask what made them wonder",
    "summarise": "sum up in one sentence what they told you so far and ask whether you got it right",
    "offer_skill": "show in one sentence that you heard them, then offer the small step and ask if they want to try",
    "inform": "answer from the passages in plain words, then ask what made them wonder",
    "celebrate": "be glad with them and ask what it means to them",
    "check_in": "show that you heard them and ask directly and kindly how safe they feel",
    "connect_person": "say that talking to a person makes sense and that the Help now button shows who can be reached",
    "about_agent": "answer truthfully about yourself as a computer program",
    "follow_homework": "be curious about how it went, praise effort and not success, and ask what they noticed",
    "redirect": "say kindly that this chat is for how they are doing, and ask about that",
    "greet": "greet them and ask what is on their mind",
    "close": "say goodbye warmly and that they can come back",
    "accept_thanks": "take the thanks simply and leave the door open",
    "repair": "own that your last reply did not fit and ask what would help more",
    "continue": "go on with the step they agreed to, one small part of it",
    "language": "",
    "crisis": "",
}
_WANTS: Final[dict[Intent, str]] = {
    "greeting": "to say hello", "farewell": "to say goodbye", "gratitude": "to say thanks", "agree": "to say yes",
    "disagree": "to say no, or that your reply did not fit", "vent": "to be heard",
    "share_good_news": "to share something good",
    "seek_coping_skill": "something they can do", "seek_information": "to understand something",
    "seek_person": "to talk to a human being", "ask_about_agent": "to know what you are",
    "homework_followup": "to tell how an exercise went", "crisis": "to tell how bad it is",
    "past_crisis": "to be understood about something past", "worry_about_other": "to help someone they worry about",
    "out_of_scope": "something outside this chat",
}  # fmt: skip


def values(c: Conditioning) -> dict[str, object]:
    """Values for the prompt files ``support`` and ``support_small``."""
    return {
        "feeling": ", ".join(c.felt[:3]) if c.felt else "not clear; do not name a feeling",
        "strength": "strong" if c.intensity >= STRONG else "soft",
        "intent": _WANTS[c.intent],
        "aim": _AIMS[c.plan.strategy],
        "length": "two to four sentences" if c.plan.strategy == "inform" else "two or three sentences",
        "skill": _skill(c),
        "passages": [{"id": p.id, "body": p.body[:_CUT]} for p in c.passages],
        "turns": [{"text": t.text[:_CUT], "reply": t.reply[:_CUT]} for t in c.history[-RECENT_TURNS:]],
        "text": c.text[: 4 * _CUT],
    }


def _skill(c: Conditioning) -> str:
    if c.plan.strategy != "offer_skill":
        return ""
    return next((p.step for p in c.passages if p.step), "")
