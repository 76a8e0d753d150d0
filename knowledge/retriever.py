"""Finds passages for a message: by meaning and by words, only those that may be shown now, and none where none is due.

Nothing is found for a message that wants nothing of the kind, which the reader of intents tells better than any
likeness to a passage; nor for one to which the best passage is not near enough.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np

from knowledge.embedding import Embedder
from knowledge.index import Index
from knowledge.passages import Entry, FrontMatter
from knowledge.topics import topics_of
from knowledge.words import Words

#: Chosen, like the weights below, on the half ``dev`` of the graded queries (knowledge/cards/retrieval.md).
FLOOR: Final = 0.32
#: Intents of messages that no passage is for, and from which score on they are believed.
IDLE: Final = frozenset({"out_of_scope", "greeting", "farewell", "gratitude", "agree", "disagree"})
SURE: Final = 0.5
#: The share of what people ask of a passage, beside the passage itself; and what shared words add.
ASKED: Final = 0.5
WORDS: Final = 0.2
CANDIDATES: Final = 24
#: What a passage gains for saying itself that it fits.
FITS_INTENT, FITS_EMOTION = 0.04, 0.03


@dataclass(frozen=True, slots=True)
class Found:
    """A passage and its likeness to the query, from -1 to a little over 1, without what it gained for fitting."""

    entry: Entry
    score: float


class Retriever:
    """Search over one index."""

    def __init__(self, embedder: Embedder, index: Index, floor: float = FLOOR) -> None:
        self._embedder = embedder
        self._index = index
        self._floor = floor
        self._words = Words(index.entries)
        self._by_id = {e.meta.id: e.meta for e in index.entries}

    @property
    def entries(self) -> list[Entry]:
        """All passages."""
        return self._index.entries

    def entry(self, passage_id: str) -> FrontMatter | None:
        """The front matter of a passage."""
        return self._by_id.get(passage_id)

    def find(
        self, query: str, tier: str, limit: int = 3, intent: str = "", felt: Collection[str] = (),
        kinds: Collection[str] = (), against: Collection[str] = (), sure: float = 0.0,
    ) -> list[Found]:  # fmt: skip
        """Passages for this tier, best first, none with a contraindication in ``against``.

        ``intent``, and how ``sure`` it is in [0, 1], as read. Nothing if the best is not near enough.
        """
        if intent in IDLE and sure >= SURE:
            return []
        spoken = topics_of(query)
        fit = [
            f for f in self._near(query)
            if f.entry.allowed_at(tier, against)
            and (not kinds or f.entry.meta.kind in kinds)
            and (f.entry.meta.about is None or f.entry.meta.about in spoken)
        ]  # fmt: skip
        if max((f.score for f in fit), default=-1.0) < self._floor:
            return []
        return sorted(fit, key=lambda f: -self._rank(f, intent, felt))[:limit]

    def _near(self, query: str) -> list[Found]:
        vector, shared = self._embedder.embed([query]), self._words.likeness(query)
        near = self._index.near(vector, CANDIDATES) | {int(n) for n in np.argsort(-shared)[:CANDIDATES]}
        return [
            Found(
                self._index.entries[hit.entry],
                (1 - ASKED) * hit.itself + ASKED * hit.asked + WORDS * float(shared[hit.entry]),
            )
            for hit in self._index.likeness(vector, sorted(near))
        ]

    @staticmethod
    def _rank(found: Found, intent: str, felt: Collection[str]) -> float:
        meta = found.entry.meta
        fits = FITS_EMOTION * bool(set(felt) & set(meta.emotions)) + FITS_INTENT * (intent in meta.intents)
        return found.score + fits
