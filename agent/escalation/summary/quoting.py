"""Where to cut a message so that a quotation stands on its own: a sentence or a clause, verbatim. Pure text."""

import re
from itertools import accumulate, pairwise
from typing import Final

from agent.safety.sentences import split

#: Code points that a quotation has at most, where the words it is quoted for are not longer themselves.
LONGEST: Final = 200
_FEWEST_WORDS: Final = 3
_CLAUSE: Final = re.compile(r"[,;:–—\n]\s*|\s+(?=(?:and|but|because|so|then|or)\s)")
_QUOTED: Final = re.compile(r"[“„][^“”„]*[”“]|\"[^\"]*\"|«[^«»]*»|(?m:^[ \t]*>[^\n]*)")


def quotation(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around ``text[start:end]``, or as many of its clauses as there is room for: half open, trimmed.

    A sentence of a word or two is quoted with its neighbours.
    """
    ends = [*accumulate(map(len, split(text)))]
    pieces = _trimmed(text, [0, *ends])
    if not any(a <= start and end <= b and b - a <= LONGEST for a, b in pieces):
        pieces = _trimmed(text, sorted({0, *ends, *(m.end() for m in _CLAUSE.finditer(text))}))
        return _grown(text, pieces, start, end, whole=False)
    return _grown(text, pieces, start, end, whole=True)


def quoted(text: str, start: int, end: int) -> bool:
    """Whether the words stand within quotation marks, or on a line that repeats another's, in a longer message."""
    around = (m.span() for m in _QUOTED.finditer(text) if m.start() <= start and end <= m.end())
    return any(text[:a].strip() or text[b:].strip() for a, b in around)


def _trimmed(text: str, cuts: list[int]) -> list[tuple[int, int]]:
    """The pieces between cuts, without white space at their ends; empty ones left out."""
    pieces = []
    for a, b in pairwise(cuts):
        piece = text[a:b]
        if piece.strip():
            pieces.append((a + len(piece) - len(piece.lstrip()), a + len(piece.rstrip())))
    return pieces


def _grown(text: str, pieces: list[tuple[int, int]], start: int, end: int, *, whole: bool) -> tuple[int, int]:
    """The pieces that hold the words, and neighbours: of sentences until it says something, of clauses all that fit."""
    touched = [i for i, (a, b) in enumerate(pieces) if b > start and a < end]
    first, last = touched[0], touched[-1]
    if pieces[last][1] - pieces[first][0] > LONGEST:
        return _by_words(text, pieces[first][0], pieces[last][1], start, end)
    grew = True
    while grew:
        a, b = pieces[first][0], pieces[last][1]
        if whole and len(text[a:b].split()) >= _FEWEST_WORDS:
            break
        after = last + 1 < len(pieces) and pieces[last + 1][1] - a <= LONGEST
        before = not after and first > 0 and b - pieces[first - 1][0] <= LONGEST
        last, first, grew = last + after, first - before, after or before
    return pieces[first][0], pieces[last][1]


def _by_words(text: str, low: int, high: int, start: int, end: int) -> tuple[int, int]:
    """Words around, as many as fit, more of them before than after: what is said of something stands before it."""
    room = max(0, LONGEST - (end - start))
    a, b = max(low, start - 2 * room // 3), min(high, end + room // 3)
    while a > low and a < start and not text[a - 1].isspace():
        a += 1
    while b < high and b > end and not text[b].isspace():
        b -= 1
    quote = text[a:b]
    return a + len(quote) - len(quote.lstrip()), a + len(quote.rstrip())
