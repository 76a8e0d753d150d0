"""Whether a reply fits the feeling that a message carries, by a lexicon (``data/tone.yaml``)."""

import re
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from agent.yaml_files import read_yaml
from evals.scorers.words import negated, normal, sentences


class Feeling(BaseModel):
    """A family of feelings. ``shown``: words of people who have it; ``named``: words that speak of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    side: Literal["pleasant", "unpleasant"]
    shown: Annotated[str, Field(min_length=1)]
    named: Annotated[str, Field(min_length=1)]


@cache
def lexicon() -> dict[str, Feeling]:
    """The families by name; ``ValueError`` names what is wrong with the file."""
    content = read_yaml(files("evals.ablation").joinpath("data/tone.yaml"))
    return TypeAdapter(dict[str, Feeling]).validate_python(content)


@cache
def shown(message: str) -> frozenset[str]:
    """Families whose words stand in the message, not negated."""
    return frozenset(name for name, words in lexicon().items() if _stands(words.shown, message))


@cache
def named(reply: str) -> frozenset[str]:
    """Families that the reply speaks of, not negated."""
    return frozenset(name for name, words in lexicon().items() if _stands(words.named, reply))


def tone(message: str, reply: str) -> float | None:
    """1: it names a feeling that the message shows. -1: it names none of those, and one of the other side alone.

    0: it names none, or another of the same side: words of a lexicon are too few to call that wrong. None: the
    message shows no feeling, and nothing can be said. A message that shows both sides is contradicted by neither.
    """
    theirs, ours = shown(message), named(reply)
    if not theirs:
        return None
    if theirs & ours:
        return 1.0
    sides, spoken = ({lexicon()[name].side for name in names} for names in (theirs, ours))
    return -1.0 if spoken and not spoken & sides else 0.0


@cache
def _ready(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{' '.join(words.split())})\b")


def _stands(words: str, text: str) -> bool:
    return any(
        not negated(sentence, match.start())
        for sentence in map(normal, sentences(text))
        for match in _ready(words).finditer(sentence)
    )
