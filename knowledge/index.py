"""The FAISS index, built by ``handhold index``: a passage has the mean of two vectors, of its use and of its words.

The inner product with a query's unit vector is then the mean of the two similarities: a passage must fit in both.
"""

import json
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


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage's number in the corpus and its similarity in [-1, 1]."""

    entry: int
    score: float


class Index:
    """A read-only index with the entries it was built from."""

    def __init__(self, vectors: Any, entries: list[Entry], manifest: dict[str, object]) -> None:  # noqa: ANN401
        self._vectors = vectors
        self.entries = entries
        self.manifest = manifest

    @classmethod
    def load(cls, embedder: Embedder, folder: Path = FOLDER) -> "Index":
        """Read index and corpus; ``ValueError`` when they do not belong together."""
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        entries = read_corpus()
        raw = (folder / "passages.faiss").read_bytes()
        if sha256(raw).hexdigest() != manifest["sha256"]["passages.faiss"]:
            raise ValueError("the knowledge index is damaged: run 'handhold index'")
        if manifest["corpus"] != corpus_hash(entries) or manifest["embedder"] != embedder.version:
            raise ValueError("the knowledge index is older than the corpus: run 'handhold index'")
        vectors = faiss.deserialize_index(np.frombuffer(raw, dtype=np.uint8))
        return cls(vectors, entries, manifest)

    @classmethod
    def build(cls, embedder: Embedder, folder: Path = FOLDER) -> "Index":
        """Embed the corpus and write index and manifest."""
        entries = read_corpus()
        rows = np.vstack([np.vstack([embedder.embed([t]) for t in e.vectors_of]).mean(axis=0) for e in entries])
        vectors = faiss.IndexFlatIP(WIDTH)
        vectors.add(rows)
        folder.mkdir(parents=True, exist_ok=True)
        raw = faiss.serialize_index(vectors).tobytes()
        (folder / "passages.faiss").write_bytes(raw)
        manifest: dict[str, object] = {
            "passages": len(entries),
            "embedder": embedder.version,
            "corpus": corpus_hash(entries),
            "sha256": {"passages.faiss": sha256(raw).hexdigest()},
        }
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
        return cls(vectors, entries, manifest)

    def search(self, query: Vectors, limit: int) -> list[Hit]:
        """The best passages for one query of shape (1, 384), best first."""
        scores, rows = self._vectors.search(query, min(limit, len(self.entries)))
        return [Hit(int(row), float(score)) for score, row in zip(scores[0], rows[0], strict=True)]
