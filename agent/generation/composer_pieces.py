"""The authored pieces: what a piece is, how the shelf of them is read and checked, and how one is chosen.

Choosing is a pure function of what was said and what was used before: an unused piece before a used one, never the same
opening words twice running, and otherwise by a fixed scramble, so that people do not all meet the pieces in file order.
"""

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.care.exercises import known_as
from agent.domain.exercise import Exercise
from agent.generation.composer_terms import terms
from agent.generation.words import PhraseBook
from agent.yaml_files import read_yaml

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

SLOTS: Final = terms(
    "lost other ex boss kin partner pet person event when title step name about earlier topic earlier_person"
    " earlier_mirror duration mirror stated glad"
)
_SLOT: Final = re.compile(r"\{(\w+)\}")
_OPENING: Final = 2  # words of a sentence that count as its opening


@dataclass(frozen=True, slots=True)
class Piece:
    """One authored sentence or two. It can be used only when every slot in it has words."""

    id: str
    text: str
    slots: frozenset[str]

    def fill(self, slots: Mapping[str, str]) -> str | None:
        """Return the words with the slots filled, or ``None`` if one is missing. "{Person}" starts with a capital."""
        if any(not slots.get(name) for name in self.slots):
            return None
        return _SLOT.sub(lambda m: _cased(slots[m[1].lower()], upper=m[1][0].isupper()), self.text)


def _cased(words: str, *, upper: bool) -> str:
    return words[:1].upper() + words[1:] if upper else words


@dataclass(frozen=True, slots=True)
class Topic:
    """Something people write about: its name in a sentence, the skills that suit it, its pieces by part."""

    key: str
    name: str
    techniques: tuple[str, ...]
    parts: Mapping[str, tuple[Piece, ...]]

    def part(self, name: str) -> tuple[Piece, ...]:
        """Pieces of one part, e.g. "ask" or "reflect.sadness"; empty if the topic has none."""
        return self.parts.get(name, ())


@dataclass(frozen=True, slots=True)
class Walk:
    """An exercise told one step a message. ``paced``: done with the body, so that each step waits for a word.

    ``against``: the contraindications under which it is not offered. ``homework``: what is asked when it is over.
    ``writing``: the steps that ask for words or a number, as key and number.
    """

    key: str
    name: str
    about: str
    steps: tuple[Piece, ...]
    paced: bool
    against: frozenset[str]
    homework: str
    writing: frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """All pieces and the phrase books that say when they fit."""

    topics: Mapping[str, Topic]
    noticings: Mapping[str, Topic]
    moves: Mapping[str, tuple[Piece, ...]]
    feelings: Mapping[str, str]
    walks: Mapping[str, Walk]
    book: PhraseBook
    roles: Mapping[str, str]
    known: frozenset[str]

    def move(self, name: str) -> tuple[Piece, ...]:
        """Pieces of a move; ``KeyError`` if the data has none, which loading has ruled out."""
        return self.moves[name]

    def pieces(self) -> Iterator[Piece]:
        """Every piece, for checks."""
        for shelf in (*self.topics.values(), *self.noticings.values()):
            for part in shelf.parts.values():
                yield from part
        for part in self.moves.values():
            yield from part
        for walk in dict.fromkeys(self.walks.values()):
            yield from walk.steps


@dataclass(slots=True)
class _Reader:
    book: PhraseBook = field(default_factory=PhraseBook)
    macros: dict[str, str] = field(default_factory=dict)

    def parts(self, prefix: str, node: object) -> Iterator[tuple[str, tuple[Piece, ...]]]:
        """Every list of sentences below ``node`` with its dotted name; cues on the way go to the phrase book."""
        if isinstance(node, list):
            yield prefix, tuple(_piece(f"{prefix}/{n}", text) for n, text in enumerate(node))
        elif isinstance(node, dict):
            if node.get("cues"):
                self.book.add(prefix, str(node["cues"]), str(node.get("not", "")), self.macros)
            for key, child in node.items():
                if isinstance(child, (list, dict)) and key not in {"techniques", "same", "emotions"}:
                    yield from self.parts(f"{prefix}.{key}", child)

    def topics(self, kind: str, *sources: dict[str, dict[str, object]]) -> dict[str, Topic]:
        out: dict[str, Topic] = {}
        for source in sources:
            for key, node in source.items():
                prefix = f"{kind}.{key}"
                parts = {name.removeprefix(f"{prefix}."): part for name, part in self.parts(prefix, node)}
                techniques = node.get("techniques")
                names = tuple(map(str, techniques)) if isinstance(techniques, list) else ()
                out[key] = Topic(key, str(node.get("name", "")), names, parts)
        return out


def _piece(ident: str, text: object) -> Piece:
    if not isinstance(text, str) or not text.strip():
        msg = f"{ident} is not a sentence: {text!r}"
        raise ValueError(msg)
    slots = frozenset(name.lower() for name in _SLOT.findall(text))
    if slots - SLOTS or text.count("?") > 1:
        msg = f"{ident}: unknown slot or more than one question"
        raise ValueError(msg)
    return Piece(ident, " ".join(text.split()), slots)


def load_shelf(folder: Path | None = None) -> Shelf:
    """Read the YAML files of ``folder`` (the packaged ones by default). ``ValueError`` names a bad piece."""
    root: Traversable | Path = folder or resources.files("agent.generation") / "data"

    def read(name: str) -> dict[str, dict[str, object]]:
        data = read_yaml(root / f"{name}.yaml")
        if not isinstance(data, dict):
            msg = f"{name}.yaml is not a mapping"
            raise TypeError(msg)
        return data

    roles = {
        word: {"adjectives": "adjective", "animal": "pet"}.get(kind, kind)
        for kind, words in read("person_words").items()
        for word in str(words).split()
    }
    family = sorted(w for w, kind in roles.items() if kind in {"kin", "partner"} and "-" not in w)
    reader = _Reader(macros={"KINOLD": "mum|mom|mam|mother|dad|father|parents", "KIN": "|".join(family)})
    moves: dict[str, tuple[Piece, ...]] = {}
    for key, node in read("moves").items():
        moves |= dict(reader.parts(key, node))
    feelings: dict[str, str] = {}
    for group, node in read("emotions").items():
        names = node.get("emotions")
        feelings |= {str(name): group for name in (names if isinstance(names, list) else ())}
        moves |= dict(reader.parts(f"feel.{group}", node))
    for group, node in read("tone").items():
        moves |= dict(reader.parts(f"tone.{group}", node))
    topics = reader.topics("topic", read("topics_main"), read("topics_more"))
    noticings = reader.topics("notice", read("noticings"))
    walks = {name: _walk(exercise) for name, exercise in known_as().items()}
    known = frozenset(str(read("common_words")["words"]).split()) | {w for w, k in roles.items() if k != "adjective"}
    return Shelf(topics, noticings, moves, feelings, walks, reader.book, roles, known)


def _walk(exercise: Exercise) -> Walk:
    steps = tuple(_piece(f"walk.{exercise.key}.steps/{n}", step.text) for n, step in enumerate(exercise.steps))
    against = frozenset(exercise.contraindications)
    writes = frozenset((exercise.key, n) for n, s in enumerate(exercise.steps) if s.kind in {"write", "rate"})
    return Walk(exercise.key, exercise.name, exercise.about, steps, exercise.paced, against, exercise.homework, writes)


def opening(text: str) -> str:
    """Return the first words of a sentence, by which a repeated start is noticed."""
    return " ".join(re.findall(r"[a-z']+", text.lower())[:_OPENING])


@dataclass(frozen=True, slots=True)
class Chosen:
    """A piece with its slots filled."""

    id: str
    text: str


def choose(
    pools: Iterable[Sequence[Piece]], slots: Mapping[str, str], used: Mapping[str, int], salt: str, avoid: str = ""
) -> Chosen | None:
    """First pool with an unused piece that can be filled; if all are used, the one used longest ago.

    ``used`` maps a piece id to when it was last used (higher is later). ``avoid`` is an opening not to start with.
    """
    fits: list[Chosen] = []
    for pool in pools:
        texts = [Chosen(p.id, text) for p in pool if (text := p.fill(slots))]
        fresh = [t for t in texts if t.id not in used]
        # A piece made for the words at hand (a slot) goes before a general one.
        filled = {p.id for p in pool if p.slots}
        best = min(
            fresh,
            key=lambda t: (opening(t.text) == avoid, t.id not in filled, zlib.crc32(f"{salt}{t.id}".encode())),
            default=None,
        )
        if best and opening(best.text) != avoid:
            return best
        fits += texts
    return min(
        fits,
        key=lambda t: (used.get(t.id, -1), opening(t.text) == avoid, zlib.crc32(f"{salt}{t.id}".encode())),
        default=None,
    )
