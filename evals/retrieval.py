"""Retrieval: does the finder give what helps with a message, and nothing where it has nothing. Without a conversation.

Queries and graded passages stand in ``evals/data/retrieval.jsonl``; figures are of the half ``test``. The other half is
for choosing floors and weights.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from classifiers.reading import TextReading
from classifiers.text import TextReader
from evals.results import Measure
from evals.scorers.quality import measured
from knowledge.embedding import Embedder
from knowledge.index import Index
from knowledge.retriever import Retriever

#: As many as are looked at of what was found.
DEPTH: Final = 5
_GOOD: Final = 2
_KINDS: Final = {
    "asks": "Of messages that ask for something or wonder why.",
    "brief": "Of single lines.",
    "scene": "Of messages that tell something and ask nothing, mostly without naming what it is about.",
}


class Query(BaseModel):
    """What somebody writes, and the passages that serve it: 3 answers it, 2 helps a good deal, 1 touches it.

    ``kind``: ``asks`` for something or wonders why; tells a ``scene`` and asks nothing; is one ``brief`` line; or is
    ``idle``, and no passage serves it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    query: Annotated[str, Field(min_length=1)]
    relevant: dict[str, Literal[1, 2, 3]]
    half: Literal["dev", "test"]
    kind: Literal["asks", "scene", "brief", "idle"]


@cache
def queries(half: str) -> tuple[Query, ...]:
    """Those of one half, in the order of the file."""
    lines = files("evals").joinpath("data/retrieval.jsonl").read_text("utf-8").splitlines()
    return tuple(q for q in map(Query.model_validate_json, lines) if q.half == half)


def ndcg(found: Sequence[str], relevant: dict[str, Literal[1, 2, 3]]) -> float:
    """Normalised discounted cumulative gain at five, in [0, 1] (Järvelin and Kekäläinen 2002); gains are the grades."""
    best = sorted(relevant.values(), reverse=True)[:DEPTH]
    gain = sum(relevant.get(p, 0) / math.log2(n + 2) for n, p in enumerate(found[:DEPTH]))
    return gain / sum(grade / math.log2(n + 2) for n, grade in enumerate(best))


def _found(retriever: Retriever, reading: TextReading, query: str) -> list[str]:
    intent = reading.intent
    found = retriever.find(query, "none", DEPTH, intent.label, reading.felt, sure=intent.score)
    return [f.entry.meta.id for f in found]


def plainly(embedder: Embedder, retriever: Retriever, asked: Sequence[Query]) -> list[float]:
    """What a plain index of the same corpus gives, for comparison: no floor, no hybrid, no rule."""
    entries = [e for e in retriever.entries if e.allowed_at("none")]
    rows = np.vstack([embedder.embed([f"{e.meta.title}. {e.body}"]) for e in entries])
    gains = []
    for q in asked:
        order = np.argsort(-(rows @ embedder.embed([q.query])[0]))[:DEPTH]
        gains.append(ndcg([entries[int(n)].meta.id for n in order], q.relevant))
    return gains


def retrieval(half: str = "test") -> Iterator[Measure]:
    """The figures of the shipped index, reader and floor, as the graph asks it at no risk and with no plan."""
    embedder, reader, asked = Embedder(), TextReader(), queries(half)
    retriever = Retriever(embedder, Index.load(embedder))
    found = {q.id: _found(retriever, reader.read(q.query, ()), q.query) for q in asked}
    served = [q for q in asked if q.relevant]
    ids = [q.id for q in served]
    gains = [ndcg(found[q.id], q.relevant) for q in served]
    yield measured("retrieval, nDCG at 5", gains, ids, "", "Normalised discounted cumulative gain.")
    for kind, what in _KINDS.items():
        mine = [(g, q.id) for g, q in zip(gains, served, strict=True) if q.kind == kind]
        yield measured(f"retrieval, nDCG at 5, {kind}", [g for g, _ in mine], [i for _, i in mine], "", what)
    hit = [float(any(q.relevant.get(p, 0) >= _GOOD for p in found[q.id])) for q in served]
    yield measured("retrieval, queries served", hit, ids, "", "At least one passage in five that helps a good deal.")
    plain = plainly(embedder, retriever, served)
    what = "The same queries by one MiniLM vector of title and text for each passage, in order of likeness alone."
    yield measured("retrieval by plain MiniLM, nDCG at 5", plain, ids, "", what)
    idle = [q for q in asked if not q.relevant]
    none = [float(not found[q.id]) for q in idle]
    what = "Nothing found where nothing serves."
    yield measured("retrieval, abstains out of scope", none, [q.id for q in idle], "", what)
