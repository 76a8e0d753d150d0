"""Finds passages for a message: similarity, a floor below which nothing is said, and a filter by risk tier."""

from collections.abc import Collection
from dataclasses import dataclass

from knowledge.embedding import Embedder
from knowledge.index import Index
from knowledge.passages import Entry, FrontMatter
from knowledge.topics import topics_of

#: Chosen on half of the authored intents (see knowledge/cards/retrieval.md, which names the command).
FLOOR = 0.26
CANDIDATES = 24
#: What a passage gains for saying itself that it fits.
FITS_INTENT, FITS_EMOTION = 0.04, 0.03


@dataclass(frozen=True, slots=True)
class Found:
    """A passage and its similarity to the query in [-1, 1], without what it gained for fitting."""

    entry: Entry
    score: float


class Retriever:
    """Search over one index."""

    def __init__(self, embedder: Embedder, index: Index, floor: float = FLOOR) -> None:
        self._embedder = embedder
        self._index = index
        self._floor = floor
        self._by_id = {e.meta.id: e.meta for e in index.entries}

    def entry(self, passage_id: str) -> FrontMatter | None:
        """The front matter of a passage."""
        return self._by_id.get(passage_id)

    def find(
        self, query: str, tier: str, limit: int = 3, intent: str = "", felt: Collection[str] = (),
        kinds: Collection[str] = (), against: Collection[str] = (),
    ) -> list[Found]:  # fmt: skip
        """Passages above the floor for this tier, best first; none with a contraindication in ``against``."""
        hits = self._index.search(self._embedder.embed([query]), CANDIDATES)
        found = [Found(self._index.entries[h.entry], h.score) for h in hits if h.score >= self._floor]
        spoken = topics_of(query)
        fit = [
            f for f in found
            if f.entry.allowed_at(tier, against)
            and (not kinds or f.entry.meta.kind in kinds)
            and (f.entry.meta.about is None or f.entry.meta.about in spoken)
        ]  # fmt: skip
        return sorted(fit, key=lambda f: -self._rank(f, intent, felt))[:limit]

    @staticmethod
    def _rank(found: Found, intent: str, felt: Collection[str]) -> float:
        meta = found.entry.meta
        fits = FITS_EMOTION * bool(set(felt) & set(meta.emotions)) + FITS_INTENT * (intent in meta.intents)
        return found.score + fits
