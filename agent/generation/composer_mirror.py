"""Turning a person's own clause round: "I can't stop thinking about it" -> "you can't stop thinking about it".

Only short first-person statements made of plain known words are turned. Anything else gives ``None``: a wrong mirror
does more harm than no mirror. Words of danger, of insult to oneself and of wish are never given back as agreement.
"""

import re
from collections.abc import Set as AbstractSet
from typing import Final

from agent.generation.composer_terms import terms

_MIN_WORDS: Final = 4
_MAX_WORDS: Final = 14
_QUOTES: Final = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))
_FILLER: Final = re.compile(
    r"^(?:(?:so|well|and|but|honestly|also|then|anyway|like|just|yeah|yes|ok|okay|because)\s+)+"
)
_PLAIN: Final = re.compile(r"[a-z' -]+")
_REPAIRS: Final = {
    "im": "i'm", "ive": "i've", "cant": "can't", "dont": "don't", "didnt": "didn't", "couldnt": "couldn't",
    "isnt": "isn't",
    "wasnt": "wasn't", "havent": "haven't", "hasnt": "hasn't", "doesnt": "doesn't", "wont": "won't", "cannot": "can't",
}  # fmt: skip
#: A statement must go on from "I" with one of these; wishes, plans and guesses are not given back.
_HEADS: Final = terms(
    "can't don't keep miss feel was had have lost failed got went said told shouted cried argued moved couldn't didn't"
    " never still haven't hate dread worry fell left forgot sit stayed missed snapped spent sent woke always just am"
    " worked slept understand"
)
_NOT_AGREED: Final = terms(
    "worthless useless stupid idiot failure loser ugly fat disgusting pathetic burden weak dumb lazy crazy mess broken"
    " deserve mad bad terrible horrible awful wrong nothing nobody mistake you your yours yourself we us our ours"
    " mine's"
)
_NOT_SAID: Final = re.compile(
    r"\bgo on\b|\b(?:be|being) here\b|\bto stop$|\bany ?more$|\bend\b|\bwake up$|\b(?:hate|lost|miss)"
    r" (?:me|myself|it all)\b"
    r"|\bto live\b|\b(?:hate|hurt) (?:my|him|her|them|life)|\bfeel like (?:i|a|an|i'm)\b|\bis it\b|\bam"
    r" i\b|\bnot enough\b|\bgood enough\b"
    r"|\bi'm (?:a|an|the|such|so|too|just a)\b|\bwant\b|\bwish\b|\bcare (?:if|about) (?:i|my|life)"
    r"|\blong\b.*\bto go\b|\blove\b.*\bmore\b"
    r"|\bfor (?:me|myself) to\b|\bgo away\b|\bleft$|\beveryone else\b|\bdo (?:it|this|life)\b|\bit$|\bany"
    r" (?:more|longer)\b|\btake (?:it|this)\b"
    r"|\bsee (?:a|the|any) (?:point|future|way)\b|\b(?:better|best) (?:without|if)\b|\bbe (?:found|gone"
    r"|alive)\b|\bcan't (?:be|live|keep|stay)\b"
)
_ENDS_OPEN: Final = terms(
    "to of the a an and but because so my at for with if that like is was in on or when what as than into by i he she"
)
_FLIP: Final = {
    "i": "you", "i'm": "you're", "i've": "you've", "me": "you", "my": "your", "mine": "yours", "myself": "yourself",
}  # fmt: skip
_BETWEEN: Final = frozenset({"just", "really", "still", "always", "never", "also", "only"})
_NAMES: Final = terms("monday tuesday wednesday thursday friday saturday sunday")


def mirror(text: str, known: AbstractSet[str]) -> str | None:
    """First clause of ``text`` that may be given back, in the second person and without a full stop, or ``None``.

    ``known`` holds the words that are safe to repeat; a clause with any other word (a name, a typo, slang) is not used.
    """
    flat = text[:600].translate(_QUOTES).lower()
    for sentence in re.split(r"[.!\n;:…]+", flat):
        if "?" in sentence:
            continue
        turned = _turn(_FILLER.sub("", sentence.strip()), known)
        if turned:
            return turned
    return None


def _turn(clause: str, known: AbstractSet[str]) -> str | None:
    if not _PLAIN.fullmatch(clause):
        return None
    words = [_REPAIRS.get(w, w) for w in clause.split()]
    said = " ".join(words)
    if not _may_be_said(words, said, known):
        return None
    out: list[str] = []
    for n, word in enumerate(words):
        before = next((w for w in reversed(words[:n]) if w not in _BETWEEN), "")
        if word in {"am", "was", "wasn't"} and before == "i":
            out.append({"am": "are", "was": "were", "wasn't": "weren't"}[word])
        else:
            out.append(_FLIP.get(word, word.capitalize() if word in _NAMES else word))
    return " ".join(out)


def _may_be_said(words: list[str], said: str, known: AbstractSet[str]) -> bool:
    if not _MIN_WORDS <= len(words) <= _MAX_WORDS:
        return False
    if words[0] == "i":
        starts_well = words[1] in _HEADS
    else:
        starts_well = words[0] in {"i'm", "i've"} and words[1] not in {"a", "an", "the", "not", "so", "such", "too"}
    if not starts_well or words[-1] in _ENDS_OPEN or _NOT_SAID.search(said):
        return False
    if any(w in _NOT_AGREED or (w not in known and w not in _FLIP and w != "i") for w in words):
        return False
    stray = [n for n, w in enumerate(words) if w == "am" and (n == 0 or words[n - 1] not in {"i", *_BETWEEN})]
    return not stray
