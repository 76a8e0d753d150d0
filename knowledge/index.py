"""The FAISS index, built by ``handhold index``: what a passage says and is for, and what people ask whom it serves.

A passage has one vector of itself, the mean of those of its use and of its words, so that it must fit in both; and one
for each message that somebody might write whom it serves. Messages are nearer to messages than to any text about them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from knowledge.embedding import Embedder, Vectors
from knowledge.passages import Entry, corpus_hash, read_corpus

FOLDER = Path(__file__).parent / "weights" / "index"
WIDTH = 384
FILES = ("passages.faiss", "asks.faiss")
#: Vectors up to which each is looked at.
FEW = 5000


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage's number in the corpus; how near it is itself, and what people ask whom it serves, each in [-1, 1]."""

    entry: int
    itself: float
    asked: float


class Index:
    """A read-only index with the entries it was built from."""

    def __init__(self, vectors: Sequence[Any], entries: list[Entry], manifest: dict[str, object]) -> None:
        self._itself, self._asked = vectors
        self.entries = entries
        self.manifest = manifest
        #: Which passage each ask belongs to, and where the asks of each passage begin.
        self._of_ask = np.repeat(np.arange(len(entries)), [len(e.asks) for e in entries])
        self._first = np.searchsorted(self._of_ask, np.arange(len(entries) + 1))

    @classmethod
    def load(cls, embedder: Embedder, folder: Path = FOLDER) -> "Index":
        """Read index and corpus; ``ValueError`` when they do not belong together."""
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        entries, raw = read_corpus(), [(folder / name).read_bytes() for name in FILES]
        if [sha256(r).hexdigest() for r in raw] != [manifest["sha256"].get(name) for name in FILES]:
            raise ValueError("the knowledge index is damaged: run 'handhold index'")
        if manifest["corpus"] != corpus_hash(entries) or manifest["embedder"] != embedder.version:
            raise ValueError("the knowledge index is older than the corpus: run 'handhold index'")
        return cls([faiss.deserialize_index(np.frombuffer(r, dtype=np.uint8)) for r in raw], entries, manifest)

    @classmethod
    def build(cls, embedder: Embedder, folder: Path = FOLDER) -> "Index":
        """Embed the corpus and write index and manifest."""
        entries = read_corpus()
        itself = [np.vstack([embedder.embed([t]) for t in e.vectors_of]).mean(axis=0) for e in entries]
        asked = [embedder.embed([ask])[0] for e in entries for ask in e.asks]
        vectors = [vectors_of(np.array(rows, dtype=np.float32).reshape(-1, WIDTH)) for rows in (itself, asked)]
        folder.mkdir(parents=True, exist_ok=True)
        raw = [faiss.serialize_index(one).tobytes() for one in vectors]
        for name, data in zip(FILES, raw, strict=True):
            (folder / name).write_bytes(data)
        manifest: dict[str, object] = {
            "passages": len(entries),
            "asks": len(asked),
            "embedder": embedder.version,
            "corpus": corpus_hash(entries),
            "sha256": {name: sha256(data).hexdigest() for name, data in zip(FILES, raw, strict=True)},
        }
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
        return cls(vectors, entries, manifest)

    def near(self, query: Vectors, limit: int) -> set[int]:
        """Passages that are near a query of shape (1, 384), by themselves or by what is asked of them."""
        itself = self._itself.search(query, min(limit, len(self.entries)))[1][0]
        asked = self._asked.search(query, min(2 * limit, len(self._of_ask)))[1][0] if len(self._of_ask) else []
        return {int(row) for row in itself} | {int(self._of_ask[row]) for row in asked}

    def likeness(self, query: Vectors, numbers: Sequence[int]) -> list[Hit]:
        """How near these passages are. ``asked`` is the mean of its two nearest asks; without asks, ``itself``."""
        hits = []
        for n in numbers:
            itself = float(self._itself.reconstruct(n) @ query[0])
            first, end = int(self._first[n]), int(self._first[n + 1])
            asks = np.sort(self._asked.reconstruct_n(first, end - first) @ query[0])[-2:] if end > first else [itself]
            hits.append(Hit(n, itself, float(np.mean(asks))))
        return hits


def vectors_of(rows: Vectors) -> Any:  # noqa: ANN401  (faiss has no types)
    """A FAISS index of rows of unit length: exact search for a few, a graph for many, where exact search is slow."""
    if len(rows) <= FEW:
        index: Any = faiss.IndexFlatIP(WIDTH)
    else:
        index = faiss.IndexHNSWFlat(WIDTH, 32, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction, index.hnsw.efSearch = 80, 96
    index.add(rows)
    return index
