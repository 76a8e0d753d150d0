"""What a pattern file says, and where a reply does it.

A file maps codes to rules. ``any``: one match in one sentence is enough. ``several``: two matches in different
places are needed. A match does not count where a negation governs it, where it is reported as somebody's words or
feeling, or where the rule's ``unless`` is found in the sentence; ``denied: counts`` and ``reported: counts`` switch
the first two off, for a rule or for a single pattern. ``quotes: kept`` reads quotations too. ``questions``: "only" or
"never" count; by default both. ``words`` at the top are put in for ``{name}``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.yaml_files import read_yaml
from evals.scorers.words import negated, normal, reported, sentences, unquoted

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")
SEVERAL: Final = 2


class Pattern(BaseModel):
    """A regular expression on a normal sentence."""

    model_config = _STRICT

    pattern: str
    denied: Literal["counts"] | None = None
    reported: Literal["counts"] | None = None


class Rule(BaseModel):
    """All that one code looks for."""

    model_config = _STRICT

    any: tuple[str | Pattern, ...] = ()
    several: tuple[str | Pattern, ...] = ()
    unless: tuple[str, ...] = ()
    quotes: Literal["kept"] | None = None
    denied: Literal["counts"] | None = None
    reported: Literal["counts"] | None = None
    questions: Literal["only", "never"] | None = None


class File(BaseModel):
    """A pattern file."""

    model_config = _STRICT

    words: Mapping[str, str] = {}
    rules: Annotated[Mapping[str, Rule], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Seen:
    """A match: the words in their normal form, and the sentence as it was written."""

    words: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Ready:
    pattern: re.Pattern[str]
    denied: bool
    reported: bool

    def find(self, text: str) -> Iterator[str]:
        for match in self.pattern.finditer(text):
            if not self.denied and negated(text, match.start()):
                continue
            if not self.reported and reported(text, match.start()):
                continue
            yield match[0]


@dataclass(frozen=True, slots=True)
class Finder:
    """A rule made ready."""

    one: tuple[_Ready, ...]
    more: tuple[_Ready, ...]
    unless: tuple[re.Pattern[str], ...]
    rule: Rule

    def find(self, reply: str) -> tuple[Seen, ...]:
        """Where the reply does it, in order; empty if it does not."""
        one, more = list[Seen](), list[Seen]()
        for written in sentences(reply):
            text = normal(written if self.rule.quotes else unquoted(written))
            if not self._asked_for(text):
                continue
            one += [Seen(words, written) for p in self.one for words in p.find(text)]
            more += [Seen(words, written) for p in self.more for words in p.find(text)]
        return tuple(one) or (tuple(more) if len(more) >= SEVERAL else ())

    def _asked_for(self, text: str) -> bool:
        question = text.rstrip('" )').endswith(("?", "?!"))
        if (self.rule.questions == "only" and not question) or (self.rule.questions == "never" and question):
            return False
        return not any(pattern.search(text) for pattern in self.unless)


@cache
def finders(name: str) -> Mapping[str, Finder]:
    """The rules of ``data/<name>.yaml`` by code; ``ValueError`` names what is wrong with the file."""
    content = File.model_validate(read_yaml(files("evals.scorers").joinpath(f"data/{name}.yaml")))
    return {code: _ready(rule, content.words) for code, rule in content.rules.items()}


def _ready(rule: Rule, words: Mapping[str, str]) -> Finder:
    def made(text: str) -> re.Pattern[str]:
        while (filled := _PLACE.sub(lambda m: f"(?:{words[m[1]]})", text)) != text:
            text = filled
        return re.compile(text)

    def one(given: str | Pattern) -> _Ready:
        given = Pattern(pattern=given) if isinstance(given, str) else given
        denied, told = given.denied or rule.denied, given.reported or rule.reported
        return _Ready(made(given.pattern), denied is not None, told is not None)

    return Finder(
        tuple(map(one, rule.any)), tuple(map(one, rule.several)), tuple(made(text) for text in rule.unless), rule
    )
