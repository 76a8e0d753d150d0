"""The authored corpora: what the data card promises of them."""

import json
from collections import Counter

import pytest

from classifiers.labels import DOMAINS, INTENTS, TIERS
from classifiers.train import data
from classifiers.train.corpus import ARC_KINDS, LOOKALIKES, REGISTERS, arc_errors, item_errors

#: The first corpora, which the codebook came after.
EARLIER = {"intents", "risk_chat", "risk_more", "risk_posts"}
FILES = [
    path
    for folder in (data.AUTHORED, data.SEALED, data.LANGUAGES)
    for path in sorted(folder.glob("*.jsonl"))
    if path.stem not in EARLIER and not path.stem.startswith("seed_")
]


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_line_is_labelled_by_the_codebook(path) -> None:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    wrong = {n: (arc_errors if "turns" in row else item_errors)(row) for n, row in enumerate(rows, 1)}
    assert {n: w for n, w in wrong.items() if w} == {}


def test_no_text_stands_in_two_splits() -> None:
    texts = {split: {e.text.lower() for e in data.authored(split)} for split in ("train", "dev", "test")}
    assert not texts["train"] & texts["dev"]
    assert not (texts["train"] | texts["dev"]) & texts["test"]


def test_no_scene_of_a_writer_stands_in_two_splits() -> None:
    assert data.split_of("chat_young", "Broken Bus") == data.split_of("chat_young", "broken bus")
    assert {data.split_of("dev_anything", f"s{n}") for n in range(50)} == {"dev"}
    assert {data.split_of("chat", f"s{n}") for n in range(200)} == {"train", "dev"}


def test_there_is_as_much_as_the_card_says() -> None:
    every = data.authored()
    assert len({e.text for e in every}) >= 6_000
    assert sum(bool(e.tier) for e in every) >= 3_500
    assert len(data.arcs()) >= 500
    second = [line for p in (data.AUTHORED / "second").glob("*.jsonl") for line in p.read_text("utf-8").splitlines()]
    assert len({json.loads(line)["id"] for line in second}) >= 1_500


def test_every_label_is_used_in_training_and_in_the_sealed_part() -> None:
    for split in ("train", "test"):
        found = data.authored(split)
        assert {e.tier for e in found} == set(range(len(TIERS)))
        assert {d for e in found for d in e.domains or ()} == set(range(len(DOMAINS)))
        assert {e.intent for e in found} >= set(range(len(INTENTS)))
        assert {e.register for e in found} >= set(REGISTERS)
        assert {e.lookalike for e in found} == set(LOOKALIKES)
    assert {a.kind for a in data.arcs()} == set(ARC_KINDS)


def test_conversations_have_three_to_twelve_turns_of_the_person() -> None:
    lengths = Counter(sum(t.role == "user" for t in arc.turns) for arc in data.arcs())
    assert set(lengths) <= set(range(3, 13))
