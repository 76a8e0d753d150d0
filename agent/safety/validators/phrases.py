"""Phrases to find in a drafted sentence: the syntax, the data files and what a detector reads.

``data/guard/<code>.yaml`` holds one detector's phrases; ``shared.yaml`` holds what all of them use. The syntax is the
risk lexicon's: words, ``(a|b c|)`` alternatives (an empty one makes it optional), ``kill*`` any ending, ``~`` up to
three words in between, ``<NAME>`` a macro. Instead of ``#``, which starts a comment in YAML, ``<N>`` is a number from
two up. Added here: ``~~`` up to nine words, also over the end of a sentence; ``.`` that end; ``^`` and ``$`` the start
and the end of a sentence.

A file has ``rules``, each with ``any`` (one of these is found) and optionally ``said`` (only after a message of the
person with one of these), ``unless_said``, and ``negatable`` (not when it, or the four words before it, hold a
negation). What ``allow`` finds is taken out first. ``unquoted`` files do not look at words offered in quotation marks
("you could write: ...").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import yaml

from classifiers.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TOKEN: Final = re.compile(r"\s*(?:([()|.]|<[A-Z_]+>|~~|~|\^|\$)|([a-z0-9]+\*?))")
_MARKS: Final = {
    ".": r"\. ",
    "~~": "(?:[^ |]+ ){0,9}",
    "~": "(?:[^ .|]+ ){0,3}",
    "<N>": r"(?:\d+ |<NUMBER>)",
    "^": r"(?<=\.[ ])",  # spelt apart from ".", which reaches over
    "$": r"(?=\. )",
}
_NO_WORD: Final = re.compile(r"(?<!\w)[@$][!@$*#|]+")  # "$$" alone: normalise() would take it for a word
_OUT: Final = "| "  # stands where an allowed phrase was: no gap reaches over it
_SHORT_FORMS: Final = (
    (re.compile(r"[’‘ʼ′´`]"), "'"),
    (re.compile(r"\b(?:can'?t|cannot)\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bwon'?t\b", re.IGNORECASE), "will not"),
    (
        re.compile(
            r"\b(do|does|did|is|are|was|were|has|have|had|should|would|could|must|need|ai)n'?t\b", re.IGNORECASE
        ),
        r"\1 not",
    ),
    (re.compile(r"\b(i)'?m\b", re.IGNORECASE), r"\1 am"),
    (re.compile(r"\b(you|they)'?re\b", re.IGNORECASE), r"\1 are"),
    (re.compile(r"\b(you|they)'?ve\b", re.IGNORECASE), r"\1 have"),
    (re.compile(r"\b(we)'re\b", re.IGNORECASE), r"\1 are"),
    (re.compile(r"\b(i|we|would|could|should|might|must)'?ve\b", re.IGNORECASE), r"\1 have"),
    (re.compile(r"\b(\w+)'ll\b|\b(you|they)ll\b", re.IGNORECASE), lambda m: f"{m[1] or m[2]} will"),
    (re.compile(r"\b(\w+)'d\b", re.IGNORECASE), r"\1 would"),
    (re.compile(r"\blet'?s\b(?! [a-z]+ing)", re.IGNORECASE), "let us"),
    (
        re.compile(
            r"\b(it|that|this|there|what|who|how|here|he|she|everything|nothing|someone|help|one)'s\b", re.IGNORECASE
        ),
        r"\1 is",
    ),
    (re.compile(r"\b(that|what|there|who)s\b", re.IGNORECASE), r"\1 is"),
    (re.compile(r"\bgonna\b", re.IGNORECASE), "going to"),
    (re.compile(r"\bwanna\b", re.IGNORECASE), "want to"),
    (re.compile(r"\bgotta\b", re.IGNORECASE), "have to"),
    (re.compile(r"\bfor ever\b", re.IGNORECASE), "forever"),
    (re.compile(r"\b(dr|mr|mrs|ms|st|vs|approx)\.", re.IGNORECASE), r"\1"),
    (re.compile(r"(?<=\d)(?=[a-z])", re.IGNORECASE), " "),
)  # fmt: skip
_QUOTED: Final = re.compile(
    r"“[^”]*(?:”|$)|\"[^\"]*(?:\"|$)|(?<!\w)[‘'][^’']{2,}(?:[’'][a-z][^’']*)*[’'](?!\w)"
    r"|(?i:\b(?:say|tell|write|text|think|try|ask|repeat|thought|words?|like|example|yourself|answer)\b"
    r"[a-z ]{0,15}:)[^.!?\n]*",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What every detector reads: the sentence, the person's message, the reply so far, and their plain spellings.

    Plain: lower case, disguises undone, short forms written out, fillers left out, ". " around each sentence.
    ``pair`` is the sentence after the one before it, and ``own`` is where the sentence starts in ``pair``.
    """

    text: str
    before_text: str
    plain: str
    unquoted: str
    pair: str
    own: int
    said: str

    @classmethod
    def of(cls, text: str, said: str = "", before: str = "", last: str = "") -> Reading:
        """Read one sentence. ``said`` is plain already, ``before`` the reply so far and ``last`` its last sentence."""
        now = plain(text)
        unquoted = plain(_QUOTED.sub(" ... ", text)) if _QUOTED.search(text) else now
        past = plain(last)[:-2] if last.strip() else ""
        return cls(text, before, now, unquoted, past + now, len(past), said)


def folded(text: str) -> str:
    """Undo case, accents, look-alikes and disguises. Words apart by one space, with "," and "." as words."""
    return normalise(_NO_WORD.sub(" ", text))[0]


def plain(text: str) -> str:
    """Spell a text the way phrases are written. Never raises, for any string."""
    for pattern, long in _SHORT_FORMS:
        text = pattern.sub(long, text)
    words = folded(text).replace("/", " ").replace("-", " ").split()
    kept = [w for w in words if w != "," and w not in _fillers()]
    return re.sub(r"(?:\. )+", ". ", f". {' '.join(kept)} . ")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a file, compiled."""

    phrases: re.Pattern[str]
    said: re.Pattern[str] | None
    unless_said: re.Pattern[str] | None
    negatable: bool
    crosses: bool  # some phrase reaches over the end of a sentence


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one detector."""

    allow: re.Pattern[str] | None
    rules: tuple[Rule, ...]
    unquoted: bool

    @classmethod
    def load(cls, code: str) -> Phrases:
        """Read ``data/guard/<code>.yaml``. Raises ``ValueError`` for a phrase that could never be found."""
        data = _file(code)
        macros = {**_file("shared")["macros"], **data.get("macros", {})}

        def compiled(phrases: Iterable[str] | None) -> re.Pattern[str] | None:
            return re.compile("(?<= )(?:" + "|".join(_regex(p, macros) for p in phrases) + ")") if phrases else None

        rules = []
        for rule in data["rules"]:
            found = compiled(rule["any"])
            assert found is not None
            crosses = any(sign in found.pattern.replace(_MARKS["$"], "") for sign in (_MARKS["~~"], _MARKS["."]))
            said, unless_said = compiled(rule.get("said")), compiled(rule.get("unless_said"))
            rules.append(Rule(found, said, unless_said, bool(rule.get("negatable")), crosses))
        return cls(compiled(data.get("allow")), tuple(rules), bool(data.get("unquoted")))

    def found(self, reading: Reading) -> bool:
        """Whether a rule fits the sentence, or the sentence together with the one before it."""
        words = self._open(reading.unquoted if self.unquoted else reading.plain)
        if any(_fits(rule, words, 0, reading.said) for rule in self.rules):
            return True
        crossing = [rule for rule in self.rules if rule.crosses] if reading.own and not self.unquoted else []
        if not crossing:
            return False
        words = self._open(reading.pair)
        floor = len(words) - (len(reading.pair) - reading.own)  # what was taken out only moves it to the left
        return any(_fits(rule, words, floor, reading.said) for rule in crossing)

    def _open(self, words: str) -> str:
        return self.allow.sub(_OUT, words) if self.allow else words


def _fits(rule: Rule, words: str, floor: int, said: str) -> bool:
    if rule.said and not (said and rule.said.search(said)):
        return False
    if rule.unless_said and rule.unless_said.search(said):
        return False
    at = 0
    while match := rule.phrases.search(words, at):
        if match.end() > floor and not (rule.negatable and _negated(words, match)):
            return True
        at = match.start() + 1  # a negated place may overlap one that is not
    return False


def _negated(words: str, match: re.Match[str]) -> bool:
    before = words[words.rfind(". ", 0, match.start()) + 2 : match.start()]
    return not _negations().isdisjoint([*before.split()[-4:], *match[0].split()])


@cache
def _file(name: str) -> Any:  # noqa: ANN401  (a YAML file; its form is checked where it is used)
    return yaml.safe_load(resources.files("agent.safety").joinpath("data", "guard", f"{name}.yaml").read_text("utf-8"))


@cache
def _fillers() -> frozenset[str]:
    return frozenset(_file("shared")["fillers"])


@cache
def _negations() -> frozenset[str]:
    return frozenset(_file("shared")["negations"])


def _regex(phrase: str, macros: Mapping[str, str]) -> str:
    tokens, at = list[str](), 0
    while phrase[at:].strip():
        token = _TOKEN.match(phrase, at)
        if token is None:
            raise ValueError(f"phrase syntax: {phrase!r} at {at}")
        tokens.append(token[1] or token[2])
        at = token.end()
    if tokens.count("(") != tokens.count(")"):
        raise ValueError(f"brackets: {phrase!r}")
    return "".join(_parts(tokens, macros, phrase))


def _parts(tokens: Iterable[str], macros: Mapping[str, str], phrase: str) -> Iterator[str]:
    for token in tokens:
        if token in {*"()|"}:
            yield token.replace("(", "(?:")
        elif token in _MARKS:
            yield _MARKS[token].replace("<NUMBER>", _regex(macros["NUMBER"], macros))
        elif token.startswith("<"):
            yield _regex(f"({macros[token[1:-1]]})", macros)
        elif token.removesuffix("*") in _fillers():
            raise ValueError(f"{token!r} is a filler and never stands in a plain text: {phrase!r}")
        else:
            yield token[:-1] + "[^ .|]* " if token.endswith("*") else token + " "
