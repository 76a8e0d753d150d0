"""Noise: loops, broken tags, code, format marks, and anything the other detectors cannot read.

The detectors read English. A sentence in another language would pass them all unread, so it fails here.
"""

import re
import unicodedata
from functools import cache
from importlib import resources
from typing import Final

import yaml
from guardrails.validators import register_validator

from agent.safety.validators.base import Detector
from agent.safety.validators.phrases import Reading

_FORMAT: Final = re.compile(
    r"^\s*(?:#{1,6}\s|[-*•–+]\s|\d{1,2}[.)]\s|\|)|\*\*|__|^\s*[-*_=]{3,}\s*$|\|\s*:?-{2,}", re.MULTILINE
)
_CODE: Final = re.compile(
    r"</?[a-zA-Z!][^<>]{0,80}(?:>|$)|&[a-z]{2,6};|`|\ufffd|\\[nux]|\w\((?:\)|[\'\"])|[{};]\s*$|[=!]=|=>"
    r"|\b(?:def|import|return|null|undefined|NaN)\b\s*[\w(.:;]*\s*[(=:;]"
    r"|(?<!\w)(?:None|True|False|null|NaN)\s*[,)\]}]|[\[{]\s*[\"']|[\"']\s*:\s*[\[{\"']|%[sd]\b",
)
_STAGE: Final = re.compile(
    r"[(*\[]\s*(?:\w+ly )?(?:gestur|smil|nod|sigh|lean|paus|laugh|hug|pat|look|whisper|chuckl|giggl|reach|tilt"
    r"|softly|gently|sit|wink|blush)\w*",
    re.IGNORECASE,
)
_BROKEN_OFF: Final = re.compile(
    r"\b(?:a|an|the|and|or|but|to|of|for|with|your|my|their|his|its|our|that|which|who|because|if|when|as|at|by|from|into|is|are"
    r"|was|were|be|been|can|could|will|would|should|may|might|i|i'm|you're|it's|we|they|not|so|than|how|what|have|has|had|about|on|in),?\s*$",
    re.IGNORECASE,
)
_STUTTER: Final = re.compile(r"(?<!\S)(\S+)(?: \1){3,}(?!\S)|(?<!\S)(\S+(?: \S+){1,7}?)(?: \2){2,}(?!\S)")
_STRETCHED: Final = re.compile(r"([^\W\d])\1{6,}|([^\w\s.!?…])\2{4,}")
_NO_WORD: Final = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}", re.IGNORECASE)
_LONGEST_WORD: Final = 28
_LOOP_WORDS: Final = 4  # shorter sentences may well come twice
_JUDGED_WORDS: Final = 5  # shorter ones are too short to tell their language
_ENGLISH_SHARE: Final = 0.1
_ENGLISH_SELF: Final = re.compile(
    r"\bI(?:['’](?:m|ve|d|ll)\b"
    r"| (?:am|had|was|have|hear|can|do|would|will|could|see|wish|hope|know|feel|just|think|want)\b)",
    re.IGNORECASE,
)
_ENGLISH_SHAPE: Final = re.compile(r"^(?:th|wh|kn|wr)|ght|ing$|ness$|ful$|[a-z]ly$|ed$|ck$|self$")
_FOREIGN_LETTERS: Final = 3
_MARKED_SHARE: Final = 0.15
_SYMBOLS: Final = frozenset({"Sm", "Po", "Ps", "Pe", "Pc", "Pd", "Sk", "Cn", "Co", "Cc"})
_ASCII_SYMBOLS: Final = frozenset("!\"#%&'()*,-./:;<=>?@[\\]^_`{|}~+\x00\x01\x02\x1b")
_SYMBOL_SHARE: Final = 0.3
_SYMBOLS_FROM: Final = 8


@register_validator(name="handhold/gibberish", data_type="string")
class Gibberish(Detector):
    """Finds text that is no English sentence for a person."""

    code = "gibberish"

    def unsafe(self, reading: Reading) -> bool:
        """Marks in the text as written, loops within it and with the reply so far, and its language."""
        text = reading.text
        if any(p.search(text) for p in (_FORMAT, _CODE, _STAGE, _STRETCHED, _NO_WORD, _BROKEN_OFF)):
            return True
        endless = max(map(len, reading.plain.split())) > _LONGEST_WORD
        return endless or _loops(reading) or not _english(text) or super().unsafe(reading)


def _loops(reading: Reading) -> bool:
    own = _bare(reading.text)
    again = own.count(" ") >= _LOOP_WORDS - 1 and f" {own} " in f" {_bare(reading.before_text)} "
    return again or bool(_STUTTER.search(own))


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _english(text: str) -> bool:
    letters = sum(map(str.isalpha, text))
    symbols = sum(c in _ASCII_SYMBOLS or (not c.isascii() and unicodedata.category(c) in _SYMBOLS) for c in text)
    if len(text) >= _SYMBOLS_FROM and symbols > max(_SYMBOL_SHARE * len(text), letters):
        return False
    if not text.isascii():
        marked = [c for c in text if c.isalpha() and not c.isascii()]
        foreign = sum(not unicodedata.name(c, "").startswith(("LATIN", "FEMININE", "MASCULINE")) for c in marked)
        if foreign >= _FOREIGN_LETTERS or len(marked) >= max(_FOREIGN_LETTERS, _MARKED_SHARE * letters):
            return False
    words = re.findall(r"[^\W\d_]+", text.lower())
    if len(words) < _JUDGED_WORDS or _ENGLISH_SELF.search(text):
        return True
    return sum(w in _common() or bool(_ENGLISH_SHAPE.search(w)) for w in words) >= _ENGLISH_SHARE * len(words)


@cache
def _common() -> frozenset[str]:
    data = yaml.safe_load(
        resources.files("agent.safety").joinpath("data", "guard", "gibberish.yaml").read_text("utf-8")
    )
    return frozenset(data["common"])
