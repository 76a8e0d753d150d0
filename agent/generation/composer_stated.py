"""A feeling that somebody states, turned to them: "it made me so sad" becomes "it made you so sad". Pure."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from agent.yaml_files import read_yaml

_HOW: Final = (
    r"(?:so|really|very|just|quite|pretty|completely|totally|absolutely|a bit|a little|kind of|still|too|always|only)"
)
_SAYS: Final[dict[str, str]] = {
    "i'm": "you're", "im": "you're", "i am": "you're", "i was": "you were", "i feel": "you feel", "i felt": "you felt",
    "i've been": "you've been", "i have been": "you've been", "i get": "you get", "i got": "you got",
    "feel": "you feel", "feeling": "you feel", "just": "you're", "": "you're",
}  # fmt: skip
_AS_FELT: Final = {"you're": "you feel", "you were": "you felt", "you've been": "you've felt", "you get": "you feel"}
_IT_IS: Final = (
    "lonely|scary|frightening|exhausting|humiliating|embarrassing|sad|stressful|upsetting|overwhelming|unfair"
)
#: What follows where it is no feeling: "happy to wait", "calm down", "tired of you".
_NOT_SO: Final = r"(?!(?<=happy) to\b|(?<=glad) to\b|(?<=calm) down\b| (?:of|for) you\b|-)"
#: The places of the patterns.
_MADE, _IS_SO, _MISSES, _DREADS = 1, 3, 4, 5
#: Characters that are looked at.
_MOST: Final = 600


@dataclass(frozen=True, slots=True)
class Stated:
    """What was stated, as a clause about "you" that begins in lower case; ``glad``: whether it is a good feeling."""

    clause: str
    glad: bool


def stated(text: str) -> Stated | None:
    """The last feeling that is stated; the last one is what the message comes to. None if there is none."""
    found: Stated | None = None
    for sentence in re.split(r"[.!\n;…]+", text[:_MOST].lower().replace("’", "'")):
        if "?" not in sentence:
            found = _in(sentence.strip()) or found
    return found


def _in(sentence: str) -> Stated | None:
    hits = sorted((m.start(), n, m) for n, p in enumerate(_patterns()) for m in p.finditer(sentence))
    if not hits:
        return None
    _, kind, match = hits[-1]
    told = {name: text or "" for name, text in match.groupdict().items()}
    how, word = told.get("how", ""), told.get("word", "")
    clause = ""
    if kind == _MADE:
        clause = f"it made you {told['feel']}{how}{word}"
    elif kind == _IS_SO:
        clause = f"it's {how}{word}"
    elif kind == _MISSES:
        clause = f"you miss {told['who'].replace('my ', 'your ')}"
    elif kind == _DREADS:
        clause = f"you're {how}dreading {told['what']}"
    else:
        says = _SAYS[" ".join(told["says"].split())]
        says = _AS_FELT.get(says, says) if _first(word) in _words()["felt"] else says
        clause = f"{says} {how}{word}"
    return Stated(" ".join(clause.split()), _first(word) in _words()["glad"])


def _first(word: str) -> str:
    return re.split(r",? and ", word)[0]


@cache
def _words() -> dict[str, frozenset[str]]:
    data = read_yaml(files("agent.generation").joinpath("data/stated.yaml"))
    return {kind: frozenset(w.strip() for w in str(line).split(",")) for kind, line in data.items()}


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    words = sorted((w for group in _words().values() for w in group), key=len, reverse=True)
    one = "|".join(map(re.escape, words))
    how = rf"(?P<how>(?:{_HOW} )*)"
    word = rf"(?P<word>(?:{one})(?:,? and (?:{_HOW} )?(?:{one}))?)\b{_NOT_SO}"
    says = "|".join(re.escape(s) for s in sorted(_SAYS, key=len, reverse=True) if s.startswith("i"))
    made = r"(?:it|that|this|he|she|they) (?:has |have |just )?(?:made|makes|make|leaves|left) me"
    ends = r"(?=$|,| (?:and|about|that|for|again|to be honest|today|tonight|now)\b)"
    return (
        re.compile(rf"\b(?P<says>{says}) {how}{word}"),
        re.compile(rf"\b{made} (?P<feel>feel )?{how}{word}"),
        re.compile(rf"^(?P<says>feel|feeling|just|) ?{how}{word}{ends}"),
        re.compile(rf"\bit'?s {how}(?P<word>{_IT_IS})\b"),
        re.compile(r"\bi (?:really |still |just )?miss (?P<who>him|her|them|it|my \w+(?: and my \w+)?)\b"),
        re.compile(r"\bi(?:'?m| am) (?P<how>so |really |)dreading (?P<what>it|this|that)\b"),
    )
