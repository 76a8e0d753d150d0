"""People, symptoms, triggers and times that a message names: word lists, English, read when they are asked for.

They show a counsellor at a glance who and what a message is about. Nothing is decided on them.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, cast, get_args

import yaml

EntityKind = Literal["person", "symptom", "trigger", "time"]
KINDS: Final[tuple[EntityKind, ...]] = get_args(EntityKind)


@dataclass(frozen=True, slots=True)
class Entity:
    """What is named, in the person's words; ``start`` and ``end`` are offsets in characters."""

    kind: EntityKind
    words: str
    start: int
    end: int


def entities(text: str) -> tuple[Entity, ...]:
    """Everything named, in the order of the text; where two kinds overlap, the longer stands."""
    plain = text.replace("\u2019", "'")
    found = [
        Entity(kind, text[m.start() : m.end()].strip(), m.start(), m.end())
        for kind, pattern in _patterns().items()
        for m in pattern.finditer(plain)
    ]
    kept = list[Entity]()
    for entity in sorted(found, key=lambda e: (e.start - e.end, e.start)):
        if all(entity.end <= k.start or entity.start >= k.end for k in kept):
            kept.append(entity)
    return tuple(sorted(kept, key=lambda e: e.start))


@cache
def _patterns() -> dict[EntityKind, re.Pattern[str]]:
    lists = yaml.safe_load(files("classifiers").joinpath("entities.yaml").read_text("utf-8"))
    return {cast("EntityKind", kind): _pattern(kind, rows) for kind, rows in lists.items()}


def _pattern(kind: str, rows: list[str]) -> re.Pattern[str]:
    possessive = r"(?:'s|s)?" if kind == "person" else ""
    return re.compile(rf"(?<!\w)(?:{'|'.join(rows)}){possessive}(?!\w)", re.IGNORECASE)
