"""Phrases of the risk lexicon, compiled and looked up. The syntax is told in ``agent.safety.lexicon``.

Phrases of languages that put spaces between words are kept under their rarest word, so that a message is read once and
only the few phrases whose rare word occurs are followed. Other scripts are searched as substrings.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from classifiers.normalise import normalise_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_SKIPS: Final = 4  # fillers or commas that may stand between two words


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase stands for: a risk entry, an idiom (kind "idiom"), or a frame mark."""

    kind: str
    language: str
    id: str = ""
    tier: str = ""
    domain: str = ""
    frames: frozenset[str] = frozenset()  # the frames that may be put on it
    always: str = ""  # the frame it has by its own words
    dense: bool = False  # of a script without spaces, where a word is a character or two


@dataclass(frozen=True, slots=True)
class Source:
    """A phrase as a file has it. ``script`` is a pattern for one character of a script without reliable spaces."""

    entry: Entry
    phrase: str
    script: str = ""
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found: ``start`` and ``end`` index the normalised text."""

    start: int
    end: int
    entry: Entry


_Run = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """One place in a phrase: any of its runs of words. A word may be a stem ("kill*"), a number or a year."""

    words: frozenset[str]  # the plain one-word runs, kept apart because they are most
    heads: Mapping[str, tuple[_Run, ...]]  # the other runs by first word
    tails: Mapping[str, tuple[_Run, ...]]  # and by last word
    loose: tuple[tuple[_Run, ...], tuple[_Run, ...]]  # those that begin, and those that end, with no one word
    optional: bool

    def first_words(self) -> set[str]:
        return {*self.words, *self.heads, *(run[0] for run in self.loose[0])}

    def ends(self, tokens: Sequence[str], at: int, way: int) -> Iterator[int]:
        """The last token of each run that begins at ``at``, reading in direction ``way``."""
        token = tokens[at]
        if token in self.words:
            yield at
        for run in (self.heads if way > 0 else self.tails).get(token, ()) + self.loose[way < 0]:
            last = at + way * (len(run) - 1)
            if 0 <= last < len(tokens) and all(map(_same, run, tokens[min(at, last) : max(at, last) + 1])):
                yield last


_Steps = tuple[tuple[_Part, int], ...]  # parts to find one after another, each with the words allowed before it


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase around its rarest part: tokens are looked up by that part, then followed both ways."""

    entry: Entry
    anchor: _Part
    left: _Steps
    right: _Steps
    marked: frozenset[str]  # words as written, in a strict file
    needs: frozenset[str]  # one of these words must be in the text; empty when nothing can be said

    def find(self, tokens: Sequence[str], at: int, fillers: frozenset[str]) -> tuple[int, int] | None:
        """First and last token of the phrase whose anchor begins at ``at``."""
        first = _reach(tokens, at, self.left, -1, fillers)
        ends = (_reach(tokens, end, self.right, 1, fillers) for end in self.anchor.ends(tokens, at, 1))
        last = next((e for e in ends if e is not None), None) if first is not None else None
        return None if first is None or last is None else (first, last)


class Phrasebook:
    """All phrases of all languages, compiled."""

    def __init__(self, sources: Iterable[Source], fillers: frozenset[str]) -> None:
        self._fillers = fillers
        self._scripts: dict[str, list[tuple[re.Pattern[str], Entry]]] = {}
        spaced: list[tuple[Source, list[tuple[_Part, int]]]] = []
        for source in sources:
            if source.script:
                self._scripts.setdefault(source.script, []).append((_substring(source.phrase), source.entry))
            else:
                spaced.append((source, _parts(source.phrase)))
        self._phrases: dict[str, list[_Phrase]] = {}
        common = Counter(w for _, parts in spaced for part, _ in parts for w in part.first_words())
        for source, parts in spaced:
            self._add(source, parts, common)
        self._stems = sorted({len(w) - 1 for w in self._phrases if w[-1] == "*"})

    def _add(self, source: Source, parts: Sequence[tuple[_Part, int]], common: Mapping[str, int]) -> None:
        costs = [sum(common[w] + 999 * ("#" in w) for w in p.first_words()) + 10**6 * p.optional for p, _ in parts]
        at = costs.index(min(costs))
        left = tuple((parts[i][0], parts[i + 1][1]) for i in range(at - 1, -1, -1))
        marked = frozenset(re.findall(r"[^\s()|*~]+", source.phrase.lower()) if source.strict else ())
        rest = [part.first_words() for i, (part, _) in enumerate(parts) if i != at and not part.optional]
        sure = [words for words in rest if not any(map(_is_loose, words))]
        needs = frozenset(min(sure, key=lambda words: sum(common[w] for w in words), default=()))
        phrase = _Phrase(source.entry, parts[at][0], left, tuple(parts[at + 1 :]), marked, needs)
        for word in parts[at][0].first_words():
            self._phrases.setdefault(word, []).append(phrase)

    def find(self, norm: str, offsets: Sequence[int], text: str) -> Iterator[Hit]:
        """Every phrase in ``norm``, which is ``text`` normalised, in no order."""
        spans = [m.span() for m in re.finditer("[^ ]+", norm)]
        tokens = [norm[a:b] for a, b in spans]
        present = set(tokens)
        for at, token in enumerate(tokens):
            for phrase in (p for key in self._keys(token) for p in self._phrases.get(key, ())):
                if phrase.needs and phrase.needs.isdisjoint(present):
                    continue
                if (found := phrase.find(tokens, at, self._fillers)) is None:
                    continue
                start, end = spans[found[0]][0], spans[found[1]][1]
                if not phrase.marked or _same_words(text[offsets[start] : offsets[end - 1] + 1], phrase.marked):
                    yield Hit(start, end, phrase.entry)
        for script, patterns in self._scripts.items():
            if re.search(script, norm):
                yield from (Hit(*m.span(), e) for pattern, e in patterns for m in pattern.finditer(norm))

    def _keys(self, token: str) -> Iterator[str]:
        yield token
        yield from (token[:n] + "*" for n in self._stems if n <= len(token))
        if token[0].isdigit():
            yield from ("#", "##")


def _same(word: str, token: str) -> bool:
    if word[-1] == "*":
        return token.startswith(word[:-1])
    if word == "##":
        return re.fullmatch(r"(19|20)\d\d", token) is not None
    return word == token or (word == "#" and token[0].isdigit())


def _reach(
    tokens: Sequence[str], start: int, steps: _Steps, way: int, fillers: frozenset[str], more: int = 0
) -> int | None:
    """The token where ``steps`` end when followed from ``start`` in direction ``way`` within the sentence, or None."""
    if not steps:
        return start
    (part, gap), skips, at = steps[0], _SKIPS, start + way
    slack = gap + more
    while 0 <= at < len(tokens) and tokens[at] != ".":
        for last in part.ends(tokens, at, way):
            if (end := _reach(tokens, last, steps[1:], way, fillers)) is not None:
                return end
        if skips and (tokens[at] == "," or tokens[at] in fillers):
            skips -= 1
        elif slack:
            slack -= 1
        else:
            break
        at += way
    return _reach(tokens, start, steps[1:], way, fillers, gap + more) if part.optional else None


def _parts(phrase: str) -> list[tuple[_Part, int]]:
    """A phrase as parts, each with the number of free words allowed before it."""
    if re.search(r"\([^)]*\(", phrase):
        raise ValueError(f"{phrase!r} has brackets in brackets")
    found: list[tuple[_Part, int]] = []
    gap = 0
    for slot in re.findall(r"\([^)]*\)|[^\s()]+", phrase):
        if slot == "~":
            gap += 3
        else:
            found.append((_part(slot), gap))
            gap = 0
    return found


@lru_cache(maxsize=4096)
def _part(slot: str) -> _Part:
    options = [tuple(" ".join(map(_fold_word, option.split())).split()) for option in slot.strip("()").split("|")]
    if slot[0] != "(" and () in options:
        raise ValueError(f"{slot!r} in a phrase holds no word")
    words = frozenset(o[0] for o in options if len(o) == 1 and not _is_loose(o[0]))
    runs = [o for o in options if len(o) > 1 or (o and o[0] not in words)]
    loose = tuple(r for r in runs if _is_loose(r[0])), tuple(r for r in runs if _is_loose(r[-1]))
    return _Part(words, _by_word(runs, 0), _by_word(runs, -1), loose, () in options)


def _by_word(runs: Iterable[_Run], place: int) -> dict[str, tuple[_Run, ...]]:
    found: dict[str, tuple[_Run, ...]] = {}
    for run in runs:
        if not _is_loose(run[place]):
            found[run[place]] = (*found.get(run[place], ()), run)
    return found


def _is_loose(word: str) -> bool:
    return word[-1] in "*#"


@lru_cache(maxsize=16384)
def _fold_word(word: str) -> str:
    stem = word.rstrip("*")
    if word in {"#", "##"} or (stem.isascii() and stem.isalpha() and stem.islower()):
        return word
    return normalise_word(stem) + "*" * word.endswith("*")


def _substring(phrase: str) -> re.Pattern[str]:
    """A phrase of a script without reliable spaces."""
    syntax = {"(": "(?:", ")": ")", "|": "|", "~": "[^.]{0,8}?"}
    pieces = re.findall(r"[()|~]|\s+|[^\s()|~]+", phrase)
    written = (syntax.get(p) or (re.escape(normalise_word(p)) if p.strip() else " ?(?:, )?") for p in pieces)
    return re.compile("".join(written))


def _same_words(written: str, marked: frozenset[str]) -> bool:
    """Whether no word's marks turn it into another word than the phrase has. Words typed without marks pass."""
    plain = {normalise_word(w) for w in marked}
    words = unicodedata.normalize("NFC", written).lower().split()
    return all(w.isascii() or w in marked or normalise_word(w) not in plain for w in words)
