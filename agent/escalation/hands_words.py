"""Who is with the person, said in words. The page says the same from the same file (static/chat/hands.js)."""

from collections.abc import Callable
from datetime import datetime
from importlib.resources import files
from typing import Final

from agent.escalation.hands import Hands
from agent.yaml_files import read_yaml

HANDS_WORDS: Final[dict[str, str]] = read_yaml(files("agent.escalation").joinpath("data/hands.yaml"))


def said(hands: Hands, clock: Callable[[datetime], str]) -> str:
    """What is true now; empty while nobody was asked for. ``clock`` says a time as the person would."""
    if hands.state == "nobody":
        return ""
    several, drafts = "_two" if len(hands.names) > 1 else "", "_drafts" if hands.drafting else ""
    words = HANDS_WORDS[f"{hands.state}{drafts}{several}"]
    if off_duty(hands):
        words += " " + HANDS_WORDS["off_duty" if hands.duty_at is None else "off_duty_until"]
    at, duty = (clock(t) if t is not None else "" for t in (hands.at, hands.duty_at))
    return words.replace("{names}", " and ".join(hands.names)).replace("{at}", at).replace("{duty}", duty)


def off_duty(hands: Hands) -> bool:
    """Whether the person waits for somebody and nobody is on duty."""
    return hands.state in {"listed", "told"} and not hands.on_duty
