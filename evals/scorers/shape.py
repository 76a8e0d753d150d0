"""The shape of a reply: length, questions, reading age, repetition."""

import re
from dataclasses import dataclass
from typing import Final

from evals.scorers.words import normal, sentences, unquoted

_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)?")
_VOWELS: Final = re.compile(r"[aeiouy]+")
_SILENT: Final = re.compile(r"(?:[^laeiouy]es|[^aeiouydt]ed|[^laeiouy]e)$")
_QUESTION: Final = re.compile(r"\?(?:[?!\s]*\?)*")
#: Help lines that are called so.
_NAMES: Final = re.compile(r"Need to talk\?", re.IGNORECASE)
_REPEATED: Final = 6  # words from which a sentence said twice is noticed
_SCHOOL_AGE: Final = 5  # years of age at grade 0


@dataclass(frozen=True, slots=True)
class Shape:
    """``age``: reading age in years by Flesch and Kincaid (1975), grade plus five, 0 without a word."""

    words: int
    questions: int
    age: float


def shape(reply: str) -> Shape:
    """Measure a reply. Syllables are counted by a rule of thumb, the same on every machine."""
    words = _WORD.findall(normal(reply))
    cut = [part for part in sentences(reply) if _WORD.search(normal(part))]
    if not words or not cut:
        return Shape(0, questions(reply), 0.0)
    syllables = sum(map(_syllables, words))
    grade = 0.39 * len(words) / len(cut) + 11.8 * syllables / len(words) - 15.59
    return Shape(len(words), questions(reply), max(0.0, grade + _SCHOOL_AGE))


def questions(reply: str) -> int:
    """How many questions the reply asks; those in quotation marks and in names are not its own, "?!" is one."""
    return len(_QUESTION.findall(_NAMES.sub("", unquoted(reply))))


def repeated(reply: str, earlier: tuple[str, ...]) -> tuple[str, ...]:
    """Sentences of at least six words that an earlier reply said word for word."""
    before = {_plain(sentence) for one in earlier for sentence in sentences(one)}
    return tuple(s for s in sentences(reply) if len(_plain(s).split()) >= _REPEATED and _plain(s) in before)


def _plain(sentence: str) -> str:
    return " ".join(re.findall(r"\w+", normal(sentence)))


def _syllables(word: str) -> int:
    return max(1, len(_VOWELS.findall(word)) - bool(_SILENT.search(word)))
