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

from agent.safety.lexicon import normalise
from agent.safety.validators.base import Detector
from agent.safety.validators.phrases import Reading

_FORMAT: Final = re.compile(r"^\s*(?:#{1,6}\s|[-*•–+]\s|\d{1,2}[.)]\s|\|)|\*\*|__|^\s*[-*_=]{3,}\s*$|\|\s*:?-{2,}", re.MULTILINE)
_CODE: Final = re.compile(
    r"</?[a-zA-Z!][^<>]{0,80}(?:>|$)|&[a-z]{2,6};|`|\ufffd|\\[nux]|\w\(\)|[{};]\s*$|[=!]=|=>|\b(?:def|import|return|null|undefined|NaN)\b\s*[\w(.:;]*\s*[(=:;]"
    r"|(?<!\w)(?:None|True|False|null|NaN)\s*[,)\]}]|[\[{]\s*[\"']|[\"']\s*:\s*[\[{\"']|%[sd]\b",
)
_STUTTER: Final = re.compile(r"(?<!\S)(\S+)(?: \1){3,}(?!\S)|(?<!\S)(\S+(?: \S+){1,7}?)(?: \2){2,}(?!\S)")
_STRETCHED: Final = re.compile(r"([^\W\d])\1{6,}|([^\w\s.!?…])\2{4,}")
_NO_WORD: Final = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}", re.IGNORECASE)
_LONGEST_WORD: Final = 28
_LOOP_WORDS: Final = 4  # shorter sentences may well come twice
_JUDGED_WORDS: Final = 5  # shorter ones are too short to tell their language
_ENGLISH_SHARE: Final = 0.12
_ENGLISH_SHAPE: Final = re.compile(r"^(?:th|wh|kn|wr)|ght|ing$|ness$|ful$|[a-z]ly$|ed$|ck$|self$")
_FOREIGN_LETTERS: Final = 3
_SYMBOL_SHARE: Final = 0.3
_SYMBOLS_FROM: Final = 8


@register_validator(name="handhold/gibberish", data_type="string")
class Gibberish(Detector):
    """Finds text that is no English sentence for a person."""

    code = "gibberish"

    def unsafe(self, reading: Reading) -> bool:
        """Marks in the text as written, loops within it and with the reply so far, and its language."""
        text = reading.text
        if any(p.search(text) for p in (_FORMAT, _CODE, _STRETCHED, _NO_WORD)):
            return True
        words = reading.plain.split()
        return _loops(reading) or max(map(len, words)) > _LONGEST_WORD or not _english(text) or super().unsafe(reading)


def _loops(reading: Reading) -> bool:
    said_before = f" {_bare(reading.before_text)} "
    own = _bare(reading.text)
    again = own.count(" ") >= _LOOP_WORDS - 1 and f" {own} " in said_before
    return again or bool(_STUTTER.search(own))


def _bare(text: str) -> str:
    return " ".join(w for w in normalise(text)[0].split() if w not in {".", ","})


def _english(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    foreign = sum(not unicodedata.name(c, "").startswith(("LATIN", "FEMININE", "MASCULINE")) for c in letters)
    symbols = sum(unicodedata.category(c) in {"Sm", "Po", "Ps", "Pe", "Pc", "Pd", "Sk", "Cn", "Co", "Cc"} and c not in "\n\t\r" for c in text)
    if foreign >= _FOREIGN_LETTERS or (len(text) >= _SYMBOLS_FROM and symbols > _SYMBOL_SHARE * len(text) and symbols > len(letters)):
        return False
    words = re.findall(r"[^\W\d_]+", text.lower())
    return len(words) < _JUDGED_WORDS or sum(w in _common() or bool(_ENGLISH_SHAPE.search(w)) for w in words) >= _ENGLISH_SHARE * len(words)


@cache
def _common() -> frozenset[str]:
    data = yaml.safe_load(resources.files("agent.safety").joinpath("data", "guard", "gibberish.yaml").read_text("utf-8"))
    return frozenset(data["common"])
