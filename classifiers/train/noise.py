"""Slips of the thumb: how people spell who type fast or in tears, so that the reader learns to read it."""

import random

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEXT_TO = {c: row[max(0, n - 1) : n] + row[n + 1 : n + 2] for row in _ROWS for n, c in enumerate(row)}


def slip(word: str, rng: random.Random) -> str:
    """One slip in a word of four letters or more: two swapped, one left out, doubled, or the key beside it."""
    if len(word) < 4 or not word.isalpha():
        return word
    at = rng.randrange(1, len(word) - 1)
    kind, c = rng.randrange(4), word[at]
    if kind == 0:
        return word[:at] + word[at + 1] + c + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    return word[:at] + (c + c if kind == 2 else rng.choice(_NEXT_TO.get(c.lower(), c))) + word[at + 1 :]


def mistyped(text: str, rng: random.Random, share: float = 0.12) -> str:
    """About this share of the words with a slip; half of the time without punctuation too."""
    words = [slip(w, rng) if rng.random() < share else w for w in text.split()]
    if rng.random() < 0.5:
        words = [w.strip(".,;:!?\"'") or w for w in words]
    return " ".join(words)
