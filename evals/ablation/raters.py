"""Who says which of two replies is better: three rules that know nothing of the emotion reader, and of each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from evals.ablation.blind import Pair, Preference
from evals.ablation.tone import tone
from evals.scorers.reflection import reflects
from knowledge.embedding import Embedder

#: Two similarities that are less apart than this are alike.
ALIKE: Final = 0.01


class Rater(Protocol):
    """Compares replies that it cannot tell the origin of."""

    @property
    def name(self) -> str:
        """Of the row in the table."""
        ...

    def prefer(self, pairs: Sequence[Pair]) -> list[Preference]:
        """One preference a pair, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class Tone:
    """Whether the feeling that a reply names is one that the message shows (``tone``)."""

    name: str = "tone"

    def prefer(self, pairs: Sequence[Pair]) -> list[Preference]:
        """None where the message shows no feeling in words of the lexicon."""
        return [_better(tone(p.message, p.first), tone(p.message, p.second)) for p in pairs]


@dataclass(frozen=True, slots=True)
class Reflection:
    """Whether a reply names something that this person said (``evals.scorers.reflection``)."""

    name: str = "reflection"

    def prefer(self, pairs: Sequence[Pair]) -> list[Preference]:
        """One reflects and the other does not, or neither is better."""
        return [
            _better(float(bool(reflects(p.first, (p.message,)))), float(bool(reflects(p.second, (p.message,)))))
            for p in pairs
        ]


@dataclass(frozen=True, slots=True)
class Relevance:
    """How near a reply is in meaning to the message: the cosine of their sentence embeddings."""

    embedder: Embedder
    name: str = "relevance"

    def prefer(self, pairs: Sequence[Pair]) -> list[Preference]:
        """The nearer one, unless they are as near as makes no difference."""
        texts = sorted({text for p in pairs for text in (p.message, p.first, p.second)}, key=len)
        vectors: dict[str, Any] = {}
        for start in range(0, len(texts), 16):
            batch = texts[start : start + 16]
            vectors |= dict(zip(batch, self.embedder.embed(batch), strict=True))
        return [
            _better(
                float(vectors[p.message] @ vectors[p.first]), float(vectors[p.message] @ vectors[p.second]), alike=ALIKE
            )
            for p in pairs
        ]


def _better(first: float | None, second: float | None, *, alike: float = 0.0) -> Preference:
    if first is None or second is None:
        return None
    if abs(first - second) <= alike:
        return 0
    return 1 if first > second else -1
