"""The messages that are sent: from the authored corpora, in a fixed order that mixes them."""

import json
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from itertools import cycle
from pathlib import Path

from tokenizers import Tokenizer

from classifiers.text import WEIGHTS

ROOT = Path(__file__).parents[2]
DATA = ROOT / "classifiers" / "data"
TOKENIZER = WEIGHTS / "tokenizer.json"
TOKENS = 32
SHORT_CHARACTERS = 200
_ELEVATED = {"high", "imminent"}


@cache
def _rows() -> tuple[dict[str, str], ...]:
    """Every authored message, mixed by the hash of its words: the same order on every machine."""
    lines = [line for path in sorted(DATA.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    rows = [row for row in map(json.loads, lines) if "text" in row]
    if not rows:
        raise FileNotFoundError(f"no authored messages in {DATA}: the benchmark runs from a clone")
    return tuple(sorted(rows, key=lambda row: sha256(row["text"].encode()).digest()))


def ordinary() -> Iterator[str]:
    """Messages without danger, of every intent, for ever."""
    return cycle([row["text"] for row in _rows() if row["tier"] == "none" and "intent" in row])


def heavy() -> Iterator[str]:
    """Ordinary messages that want listening: the only ones that the embedded model is asked about, for ever."""
    return cycle([row["text"] for row in _rows() if row["tier"] == "none" and row.get("intent") == "vent"])


def dangerous() -> Iterator[str]:
    """Chat messages that the authors put at high or imminent, for ever."""
    chat = (row["text"] for row in _rows() if row["tier"] in _ELEVATED and row.get("register") == "chat")
    return cycle(list(chat))


def short() -> Iterator[str]:
    """Short messages of all kinds, for ever."""
    return cycle([row["text"] for row in _rows() if len(row["text"]) <= SHORT_CHARACTERS])


def of_32_tokens() -> list[str]:
    """Messages of exactly 32 tokens, the two marks at the ends included."""
    tokenizer: Tokenizer = Tokenizer.from_file(str(TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [row["text"] for row in _rows() if len(tokenizer.encode(row["text"]).ids) == TOKENS]
