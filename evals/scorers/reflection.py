"""Whether a reply reflects: it names something of what this person said."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

from pydantic import BaseModel, ConfigDict

from agent.yaml_files import read_yaml
from evals.scorers.patterns import Seen
from evals.scorers.words import normal, sentences, stem

_LAST: Final = 3  # messages
_WORD: Final = re.compile(r"[^\W_]+")
_ABOUT_YOU: Final = re.compile(r"\b(?:you|your|that|it|this|sounds?|must|feels?)\b")


class _Words(BaseModel):
    """``data/reflection.yaml``. ``common``: words that fit any message. ``same``: words of one meaning.

    ``feelings``: what names a feeling, and what people say who have it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    class Feeling(BaseModel):
        """``named`` in a reply, ``shown`` in a message."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        named: str
        shown: str

    common: str
    same: tuple[str, ...]
    feelings: dict[str, Feeling]


@cache
def _words() -> _Words:
    return _Words.model_validate(read_yaml(files("evals.scorers").joinpath("data/reflection.yaml")))


@cache
def _common() -> frozenset[str]:
    return frozenset(stem(word) for word in _words().common.split()) | frozenset(_words().common.split())


@cache
def _same() -> dict[str, str]:
    return {stem(word): group.split()[0] for group in _words().same for word in group.split()}


def content(text: str) -> frozenset[str]:
    """What a text is about: stems of its words without those that fit any message; words of one meaning are one."""
    words = [word for word in _WORD.findall(normal(text)) if word not in _common()]
    stems = {stem(word) for word in words if len(word) > 1} - _common()
    return frozenset(_same().get(one, one) for one in stems)


def reflects(reply: str, said: tuple[str, ...]) -> tuple[Seen, ...]:
    """Where the reply names something specific that the person said.

    Exactly: one sentence of the reply, (1) shares at least one content word with the person's last three messages,
    after light stemming and with a short list of synonyms, words that would fit any message ("feel", "hard",
    "today", "help") not counting; or (2) names, of "you", "it" or "that", a feeling that those messages show by a
    word of the same group (anger, grief, fear, shame, loneliness, tiredness, joy). A sentence that is word for word
    one of the person's is no reflection. "I hear you" and "your feelings are valid" are none.
    """
    last = said[-_LAST:]
    theirs = content(" ".join(last))
    copied = {normal(sentence) for message in last for sentence in sentences(message)}
    shown = _shown(" ".join(last))
    found = list[Seen]()
    for sentence in sentences(reply):
        text = normal(sentence)
        if text in copied:
            continue
        shared = content(sentence) & theirs
        named = {name for name in shown if re.search(rf"\b(?:{_words().feelings[name].named})\b", text)}
        if shared:
            found.append(Seen(", ".join(sorted(shared)), sentence))
        elif named and _ABOUT_YOU.search(text):
            found.append(Seen(", ".join(sorted(named)), sentence))
    return tuple(found)


def _shown(text: str) -> frozenset[str]:
    return frozenset(
        name for name, words in _words().feelings.items() if re.search(rf"\b(?:{words.shown})\b", normal(text))
    )
