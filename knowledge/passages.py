"""Passages: Markdown files with front matter, checked on reading."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

CORPUS = Path(__file__).parent / "corpus"
ASKS = Path(__file__).parent / "asks.jsonl"
Kind = Literal["cbt_skill", "mindfulness", "psychoeducation", "faq"]
MaxTier = Literal["none", "low", "moderate"]
#: What a passage may be about so closely that it helps nobody else (``topics.yaml``).
Topic = Literal[
    "birth", "caring", "aftercare", "trauma", "faith and culture", "someone else", "a partner", "one's children",
    "no child", "an animal", "a death", "a lost job", "retirement", "night work", "studies", "drink or drugs",
    "gambling", "smoking", "spending", "medicines", "therapy", "eating", "looks", "illness", "another kind of mind",
    "rituals", "whom one loves",
]  # fmt: skip
#: When a passage may not be offered. What tells each is for whoever offers (``agent.policy.contraindications``).
Contraindication = Literal[
    "real danger now", "very high distress right now", "urge to act on suicide now", "current abuse",
    "fear of the other person", "recent trauma", "sounds that bring back trauma", "psychosis-like signs",
    "mania-like signs", "feeling unreal or far away", "breathing problems", "heart problems", "fainting", "pregnancy",
    "injury or strong pain", "withdrawal from alcohol or drugs", "signs of an eating disorder",
    "panic made worse by watching the breath", "panic made worse by holding the breath",
]  # fmt: skip
TIER_ORDER: tuple[str, ...] = ("none", "low", "moderate", "high", "imminent")


class Source(BaseModel):
    """A work that supports the passage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    publisher: str
    year: int = Field(ge=1900, le=2100)


class FrontMatter(BaseModel):
    """What every passage says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern="^[a-z0-9_]+$")
    title: str
    kind: Kind
    technique: str
    emotions: tuple[str, ...]
    intents: tuple[str, ...]
    about: Topic | None = None
    contraindications: tuple[Contraindication, ...]
    max_tier: MaxTier
    step: str | None
    sources: tuple[Source, ...] = Field(min_length=1)
    licence: str
    review: str
    reading_age: int = Field(ge=5, le=20)
    updated: object


@dataclass(frozen=True, slots=True)
class Entry:
    """One passage: its front matter, its words, and messages of people whom it serves (authored)."""

    meta: FrontMatter
    body: str
    asks: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """All words by which it may be found."""
        return " ".join([self.meta.title, self.meta.step or "", self.body, *self.asks])

    @property
    def vectors_of(self) -> tuple[str, str]:
        """The two texts whose vectors make the passage's: what it is for, and what it says."""
        return f"{self.meta.title}. {self.meta.step or ''}".strip(), f"{self.meta.title}. {self.body}"

    def allowed_at(self, tier: str, against: Collection[str] = ()) -> bool:
        """Whether it may be shown to a person at this risk tier, for whom these contraindications are there."""
        return TIER_ORDER.index(tier) <= TIER_ORDER.index(self.meta.max_tier) and not any(
            one in against for one in self.meta.contraindications
        )


class Asks(BaseModel):
    """A line of ``asks.jsonl``: what people might write whom a passage serves, in their own words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    asks: tuple[str, ...] = Field(min_length=1)


def read_corpus(folder: Path = CORPUS, asks: Path = ASKS) -> list[Entry]:
    """All passages, by id. ``ValueError`` names the file that is wrong."""
    asked = {a.id: a.asks for a in map(Asks.model_validate_json, asks.read_text("utf-8").splitlines())}
    entries = [replace(e, asks=asked.get(e.meta.id, ())) for e in map(_read, sorted(folder.glob("*/*.md")))]
    ids = [e.meta.id for e in entries]
    twice = {i for i in ids if ids.count(i) > 1}
    if twice:
        raise ValueError(f"passage ids stand twice: {sorted(twice)}")
    return sorted(entries, key=lambda e: e.meta.id)


def corpus_hash(entries: list[Entry]) -> str:
    """Changes with any word of the corpus."""
    return sha256("\n".join(f"{e.meta.model_dump_json()}{e.words}" for e in entries).encode()).hexdigest()


def _read(path: Path) -> Entry:
    head, _, body = path.read_text("utf-8").removeprefix("---\n").partition("\n---\n")
    try:
        meta = FrontMatter.model_validate(yaml.safe_load(head))
    except (ValidationError, yaml.YAMLError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    if meta.id != path.stem or not body.strip():
        raise ValueError(f"{path.name}: the id must be the file's name, and there must be a text")
    return Entry(meta, body.strip())
