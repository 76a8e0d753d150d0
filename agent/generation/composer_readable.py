"""Whether a message can be answered in words at all."""

import re
import unicodedata
from typing import Final, Literal

from agent.generation.composer_terms import terms

Readable = Literal["plain", "empty", "emoji", "foreign", "unclear"]
MAX_CHARS: Final = 1600  # of a message are read
_STEM: Final = 3

_ENGLISH: Final = terms(
    "i im ive the a and to of my me is was it its in on for not dont cant you we he she they that this with have has"
    " had"
    " but so be just feel like what how do did are am at all no yes ok okay about when why want know get"
    " got up out too"
    " hi hello thanks thank help need really very never more been because if or from ur u idk"
)
_OTHER: Final = terms(
    "que de la el los las un una por para con muy estoy soy pero porque como está mi yo tengo siento le les des je suis"
    " pas est une dans avec mon ma mes et ne ich bin und nicht das ist mir mich der die ein eine mit sehr habe não eu"
    " estou minha meu uma muito sono mi sento non che per il di è ho mio mia ik ben niet het een en mijn"
    " heel zijn jeg er"
    " ikke og det jag är inte och att jestem nie się mam jest bardzo ben çok bir ve bu saya tidak aku"
    " dan sangat yang ako"
    " ang hindi ng na mga tôi không"
)
_MIN_FOREIGN: Final = 2


def readable(text: str) -> Readable:
    """Whether the words can be answered; ``foreign`` when they are likely not English."""
    letters = [ch for ch in text[:MAX_CHARS] if ch.isalpha()]
    if not letters:
        if not text.strip():
            return "empty"
        return "emoji" if any(unicodedata.category(ch) in {"So", "Sk", "Cs"} for ch in text[:MAX_CHARS]) else "unclear"
    if sum("LATIN" in unicodedata.name(ch, "") for ch in letters) < len(letters) / 2:
        return "foreign"
    words = re.findall(r"[^\W\d_]+", re.sub("['’‘]", "", text[:MAX_CHARS].lower()))
    english, other = sum(w in _ENGLISH for w in words), sum(w in _OTHER for w in words)
    if other >= _MIN_FOREIGN and other > english:
        return "foreign"
    if not any(re.search(r"[aeiouy]", w) for w in words) and not english and max(map(len, words), default=0) > _STEM:
        return "unclear"
    return "plain"
