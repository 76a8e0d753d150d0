"""Reads the training sets: GoEmotions from the data folder, the authored corpora from ``classifiers/data``.

Splits of the authored corpora are by a hash of the text, so that a message never changes sides when others are added:
70 % train, 15 % dev, 15 % test. GoEmotions keeps its official split; test texts that also stand in train are dropped
from train.
"""

import csv
import hashlib
import json
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from classifiers.labels import DOMAINS, EMOTIONS, INTENTS, SOMEONE_ELSE, TIERS

Split = Literal["train", "dev", "test"]
AUTHORED = Path(__file__).parent.parent / "data"
#: ``risk_seed`` files use short domain names.
SEED_DOMAINS = {
    "self-harm": "self_harm", "harm-others": "harm_to_others", "child-safety": "child_safety",
    "eating": "eating_disorder", "psychosis": "psychosis_mania", "substance": "substance_overdose",
    "medical": "medical_emergency",
}  # fmt: skip
_SERIOUS = re.compile(r"suicid|kill|\bdie|dead|death|hurt|cut|harm|rape|abus|gun|knife|drug|drunk|starv", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Example:
    """One message with the labels it has; ``None`` where a label set does not apply (its loss is masked)."""

    text: str
    emotions: tuple[int, ...] | None = None
    tier: int | None = None
    domains: tuple[int, ...] | None = None
    intent: int | None = None
    register: str = ""
    whose: str = "none"


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


def split_of(text: str) -> Split:
    """Which split an authored message belongs to."""
    bucket = int(hashlib.sha256(text.strip().lower().encode()).hexdigest()[:8], 16) % 100
    return "train" if bucket < 70 else "dev" if bucket < 85 else "test"


def authored(split: Split | None = None, folder: Path = AUTHORED) -> list[Example]:
    """Messages written for Handhold: risk tier, domains and, where labelled, intent."""
    found: dict[str, Example] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            text = row["text"].strip()
            if split is not None and split_of(text) != split:
                continue
            names = row["domains"] if "domains" in row else [row["domain"]] if row["domain"] != "none" else []
            found[text] = Example(
                text,
                tier=TIERS.index(row["tier"]),
                domains=tuple(sorted(DOMAINS.index(SEED_DOMAINS.get(n, n)) for n in names)),
                intent=INTENTS.index(row["intent"]) if "intent" in row else seed_intent(row),
                register=row.get("register", path.stem),
                whose=row["whose"],
            )
    return list(found.values())


def seed_intent(row: dict[str, str]) -> int | None:
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
