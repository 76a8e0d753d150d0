"""Our 8-bit sentence encoder against sentence-transformers. Needs the extra ``[train]``: make test-train."""

import pytest

from knowledge.embedding import Embedder
from knowledge.passages import read_corpus

pytest.importorskip("sentence_transformers", reason="needs the extra [train]")

SHORT = ["I feel sad.", "how do I sleep", "my exam is tomorrow and i panic", "ok", "😢", "no one calls me any more"]
PARITY = 0.999


@pytest.mark.train
def test_every_passage_and_short_message_has_a_cosine_of_0_999() -> None:
    from sentence_transformers import SentenceTransformer

    from classifiers.train.base import base_folder

    texts = [t for e in read_corpus() for t in e.vectors_of] + SHORT
    theirs = SentenceTransformer(str(base_folder()), device="cpu").encode(texts, normalize_embeddings=True)
    embedder = Embedder()
    cosines = [float(embedder.embed([t])[0] @ v) for t, v in zip(texts, theirs, strict=True)]
    assert min(cosines) >= PARITY
