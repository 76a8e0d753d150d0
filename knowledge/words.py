"""Passages by the words that they share with a message: BM25 over all that a passage says and is asked.

Built from the corpus when it is first wanted: it takes a moment, and the start does not wait for it.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from knowledge.passages import Entry

#: Scores of BM25 are divided by this, so that a very good match is about 1.
_SCALE: Final = 10.0


class Words:
    """BM25 (Robertson) over stemmed words, English stop words left out."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    def likeness(self, query: str) -> npt.NDArray[np.float32]:
        """Shape (passages,), from 0; about 1 for a very good match."""
        words = self._cut([query])[0]
        if not words:
            return np.zeros(len(self._entries), dtype=np.float32)
        scores: npt.NDArray[np.float32] = self._index.get_scores(words) / _SCALE
        return scores

    @cached_property
    def _index(self) -> Any:  # noqa: ANN401  (bm25s has no types)
        import bm25s  # noqa: PLC0415

        index = bm25s.BM25()
        index.index(self._cut([e.words for e in self._entries]), show_progress=False)
        return index

    @cached_property
    def _stemmer(self) -> Any:  # noqa: ANN401
        import Stemmer  # noqa: PLC0415

        return Stemmer.Stemmer("english")

    def _cut(self, texts: list[str]) -> list[list[str]]:
        import bm25s  # noqa: PLC0415  (a third of a second, which the start does not wait for)

        cut: list[list[str]] = bm25s.tokenize(
            texts, stopwords="en", stemmer=self._stemmer, return_ids=False, show_progress=False
        )
        return cut
