"""Reads the training sets: GoEmotions from the data folder, the authored corpora from ``classifiers/data``.

Splits of the authored corpora go by writer brief and scenario, so that no scene stands on both sides: a file named
``dev_*`` is dev as a whole; in the others the scenario decides; the first corpora, which name no scenario, are train.
The sealed test stands in ``sealed/``: written by others, opened by ``evaluate`` alone. GoEmotions keeps its official
split; test texts that also stand in train are dropped from train.
"""

import csv
import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from classifiers.labels import (
    DISTORTIONS,
    DOMAINS,
    EMOTIONS,
    INTENTS,
    SIGNS,
    SOMEONE_ELSE,
    TIERS,
    Domain,
)
from classifiers.windows import said

Split = Literal["train", "dev", "test"]
Role = Literal["user", "assistant"]
AUTHORED = Path(__file__).parent.parent / "data"
SEALED = AUTHORED / "sealed"
#: Messages in other languages than English; the name of a file begins with its split, ``test`` is sealed.
LANGUAGES = AUTHORED / "languages"
DEV_SHARE = 10  # of 100 scenarios
#: In these files the tier of a turn is what it shows after the turns before it ("i give up", said of a course: none).
LABELLED_IN_CONTEXT = {*(f"arcs_{letter}" for letter in "fghijklmnopq"), "dev_arcs_b"}
#: ``risk_seed`` files use short domain names.
SEED_DOMAINS = {
    "self-harm": "self_harm", "harm-others": "harm_to_others", "child-safety": "child_safety",
    "eating": "eating_disorder", "psychosis": "psychosis_mania", "substance": "substance_overdose",
    "medical": "medical_emergency",
}  # fmt: skip
_SERIOUS = re.compile(r"suicid|kill|\bdie|dead|death|hurt|cut|harm|rape|abus|gun|knife|drug|drunk|starv", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Example:
    """One message with the labels it has; ``None`` where a label set does not apply (its loss is masked).

    ``before`` holds what was said before it, as ``said`` writes it; ``stands`` the tier in the light of that.
    """

    text: str
    emotions: tuple[int, ...] | None = None
    tier: int | None = None
    domains: tuple[int, ...] | None = None
    intent: int | None = None
    signs: tuple[int, ...] | None = None
    distortions: tuple[int, ...] | None = None
    register: str = ""
    lookalike: str = ""
    whose: str = "none"
    brief: str = ""
    before: tuple[str, ...] = ()
    stands: int | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class ArcTurn:
    """One turn of an authored conversation. ``stands`` is the tier that should hold after it."""

    role: Role
    text: str
    tier: int = 0
    stands: int = 0
    signs: tuple[int, ...] = ()
    intent: int | None = None


@dataclass(frozen=True, slots=True)
class Arc:
    """An authored conversation. ``explicit`` is the index in ``turns`` of the first openly explicit message."""

    id: str
    kind: str
    domains: tuple[Domain, ...]
    explicit: int | None
    turns: tuple[ArcTurn, ...]
    brief: str = ""


def goemotions(folder: Path, split: Split) -> list[Example]:
    """The official split; ``folder`` holds ``train.tsv``, ``dev.tsv``, ``test.tsv`` (text, label ids, comment id)."""

    def rows(name: str) -> list[list[str]]:
        with (folder / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

    unseen = {row[0] for row in rows("test")} if split == "train" else set()
    return [
        Example(row[0], emotions=tuple(int(i) for i in row[1].split(",")))
        for row in rows(split)
        if row[0] not in unseen
    ]


def split_of(brief: str, scenario: str) -> Split:
    """Which split a scene of a writer's file belongs to."""
    if brief.startswith("dev_"):
        return "dev"
    if not scenario:
        return "train"
    bucket = int(hashlib.sha256(f"{brief}/{scenario.strip().lower()}".encode()).hexdigest()[:8], 16) % 100
    return "dev" if bucket < DEV_SHARE else "train"


def authored(split: Split | None = None, folder: Path = AUTHORED) -> list[Example]:
    """Messages written for Handhold, those of conversations not among them. ``test`` is the sealed part."""
    found: dict[str, Example] = {}
    for brief, row in _rows(split, folder):
        if "turns" not in row:
            found.setdefault(row["text"].strip(), _example(brief, row))
    return list(found.values())


def foreign(split: Split) -> list[Example]:
    """Messages in other languages."""
    return [_example(brief, row) for brief, row in _lines(LANGUAGES) if brief.startswith(split)]


def arcs(split: Split | None = None, folder: Path = AUTHORED) -> list[Arc]:
    """Conversations written for Handhold."""
    return [_arc(brief, row) for brief, row in _rows(split, folder) if "turns" in row]


def turns_of(conversations: list[Arc]) -> list[Example]:
    """The messages of conversations, each with the labels it has by itself.

    Later turns of ``LABELLED_IN_CONTEXT`` that show nothing are left out: read alone, some of them would.
    """
    return [
        Example(t.text, tier=t.tier, domains=tuple(DOMAINS.index(d) for d in arc.domains) if t.tier else (),
                intent=t.intent, signs=t.signs, register="chat", brief=arc.brief)
        for arc in conversations for n, t in enumerate(arc.turns)
        if t.role == "user" and (t.tier or not n or arc.brief not in LABELLED_IN_CONTEXT)
    ]  # fmt: skip


def in_light(conversations: list[Arc]) -> list[Example]:
    """The messages of conversations but the first of each, with what was said before them and the tier that stands."""
    return [
        Example(t.text, before=tuple(said(b.role, b.text) for b in arc.turns[:n]), stands=t.stands, brief=arc.brief)
        for arc in conversations for n, t in enumerate(arc.turns) if n and t.role == "user"
    ]  # fmt: skip


def moved(messages: list[Example], conversations: list[Arc], count: int, seed: int) -> list[Example]:
    """Short messages put behind the beginning of a conversation in which nothing dangerous was said: their tier holds.

    So the reader learns that danger is danger after harmless talk too, and that a look-alike stays one. Half of them
    stand behind the first exchange alone, which is often no more than a hello.
    """
    rng = random.Random(seed)
    short = [e for e in messages if e.tier is not None and len(e.text) < 200]
    calm: list[tuple[Arc, list[int]]] = []
    for arc in conversations:
        end = next((n for n, t in enumerate(arc.turns) if t.stands), len(arc.turns))
        cuts = [n for n in range(1, end) if arc.turns[n - 1].role == "assistant"]
        if cuts:
            calm.append((arc, cuts))

    def beginning() -> tuple[str, ...]:
        arc, cuts = rng.choice(calm)
        cut = cuts[0] if rng.random() < 0.5 else rng.choice(cuts)
        return tuple(said(t.role, t.text) for t in arc.turns[:cut])

    return [Example(e.text, before=beginning(), stands=e.tier, brief=e.brief) for e in rng.sample(short, count)]


def _rows(split: Split | None, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if split in {None, "test"}:
        yield from _lines(folder / SEALED.name)
    for brief, row in _lines(folder) if split != "test" else ():
        if split is None or split_of(brief, row.get("scenario", "")) == split:
            yield brief, row


def _lines(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield path.stem, json.loads(line)


def _example(brief: str, row: dict[str, Any]) -> Example:
    names = row["domains"] if "domains" in row else [row["domain"]] if row["domain"] != "none" else []
    return Example(
        row["text"].strip(),
        tier=TIERS.index(row["tier"]),
        domains=tuple(sorted(DOMAINS.index(SEED_DOMAINS.get(n, n)) for n in names)),
        intent=INTENTS.index(row["intent"]) if "intent" in row else seed_intent(row),
        signs=tuple(SIGNS.index(n) for n in row["signs"]) if "signs" in row else None,
        distortions=tuple(DISTORTIONS.index(n) for n in row["distortions"]) if "distortions" in row else None,
        register=row.get("register", ""),
        lookalike=row.get("lookalike", ""),
        whose=row["whose"],
        brief=brief,
        language=row.get("language", "en"),
    )


def _arc(brief: str, row: dict[str, Any]) -> Arc:
    return Arc(
        row["id"], row["kind"], tuple(row["domains"]), row.get("explicit_turn"),
        tuple(
            ArcTurn(
                t["role"], t["text"].strip(), TIERS.index(t.get("tier", "none")), TIERS.index(t.get("stands", "none")),
                tuple(SIGNS.index(n) for n in t.get("signs", [])),
                INTENTS.index(t["intent"]) if "intent" in t else None,
            )
            for t in row["turns"]
        ),
        brief,
    )  # fmt: skip


def seed_intent(row: dict[str, Any]) -> int | None:
    """The seed files carry no intent; only what follows from their other labels is used."""
    if row["tier"] == "none":
        return None
    if row["whose"] == SOMEONE_ELSE:
        return INTENTS.index("worry_about_other")
    if row["when"] == "past":
        return INTENTS.index("past_crisis")
    return INTENTS.index("crisis") if TIERS.index(row["tier"]) >= TIERS.index("moderate") else None


def ordinary(train: list[Example], count: int, seed: int) -> list[Example]:
    """Everyday comments without serious words, as risk ``none``: the background the risk head must stay calm on."""
    calm = [e for e in train if not _SERIOUS.search(e.text)]
    return [Example(e.text, emotions=e.emotions, tier=0, domains=()) for e in random.Random(seed).sample(calm, count)]


def off_topic(folder: Path, count: int, seed: int) -> list[Example]:
    """CLINC150 requests to a general assistant: risk ``none``, intent ``out_of_scope``."""
    rows = json.loads((folder / "data_oos_plus.json").read_text(encoding="utf-8"))["train"]
    social = {"greeting", "goodbye", "thank_you", "yes", "no", "maybe", "are_you_a_bot", "what_is_your_name",
              "who_made_you", "how_old_are_you", "where_are_you_from", "what_are_your_hobbies", "repeat",
              "do_you_have_pets", "who_do_you_work_for", "meaning_of_life", "tell_joke", "fun_fact"}  # fmt: skip
    texts = [text for text, label in rows if label not in social]
    scope = INTENTS.index("out_of_scope")
    return [Example(text, tier=0, domains=(), intent=scope) for text in random.Random(seed).sample(texts, count)]


def emotion_matrix(examples: list[Example]) -> list[list[int]]:
    """Multi-hot rows, shape (messages, 28)."""
    return [[int(i in (e.emotions or ())) for i in range(len(EMOTIONS))] for e in examples]
