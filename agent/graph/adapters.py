"""Models behind the ports: they run in threads, a few at a time, and never on the event loop."""

import asyncio
from collections.abc import Sequence

from agent.domain.ports import Generator
from agent.domain.turn import Conditioning, Draft, Passage, PassageSource, Plan, Unfit
from agent.generation.model import ModelGenerator
from agent.generation.relevance import fit, last_whole_sentence
from agent.safety.vetting import OutputGuard, Vetted
from classifiers.labels import TierName
from classifiers.reading import TextReading
from classifiers.text import TextReader
from knowledge.embedding import Embedder
from knowledge.retriever import Found, Retriever

SKILLS = ("cbt_skill", "mindfulness")
#: The small model is asked only where a reflection and a question are wanted; the rest needs exact words.
SMALL_MODEL_FOR = frozenset({"listen", "explore", "validate"})


class ThreadedReader:
    """The text reader, one message at a time (the session is thread-safe; the core is not free)."""

    def __init__(self, reader: TextReader) -> None:
        self._reader = reader
        self._turn = asyncio.Semaphore(2)

    @property
    def version(self) -> str:
        """Which weights read."""
        return self._reader.version

    async def read(self, text: str, before: Sequence[str] = ()) -> TextReading:
        """One message, in a thread."""
        async with self._turn:
            return await asyncio.to_thread(self._reader.read, text, before)


class ThreadedFinder:
    """The retriever in a thread."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    async def find(
        self, query: str, tier: TierName, plan: Plan, reading: TextReading | None, unfit: Unfit, limit: int
    ) -> tuple[Passage, ...]:
        """Skills when a skill is to be offered, anything when something is to be explained."""
        offering = plan.strategy == "offer_skill"
        intent = reading.intent.label if reading else ""
        sure = reading.intent.score if reading else 0.0
        felt = reading.felt if reading else ()
        kinds = SKILLS if offering else ()
        found = await asyncio.to_thread(
            self._retriever.find, query, tier, 2 * limit, intent, felt, kinds, unfit.against, sure
        )
        fresh = [f for f in found if not (offering and f.entry.meta.technique in unfit.offered)]
        return tuple(_passage(f) for f in fresh[:limit])

    def source(self, passage_id: str) -> PassageSource | None:
        """Title and first publisher of a passage."""
        meta = self._retriever.entry(passage_id)
        return None if meta is None else PassageSource(meta.id, meta.title, meta.sources[0].publisher)


class LateGuard:
    """The output guard once it is loaded. Asked earlier it raises, which counts as unsafe."""

    def __init__(self) -> None:
        self.inner: OutputGuard | None = None

    def vet(self, draft: str, said: str = "") -> Vetted:
        """See ``OutputGuard.vet``."""
        if self.inner is None:
            raise RuntimeError("the guard is not loaded yet")
        return self.inner.vet(draft, said)


class LateGenerator:
    """The language model once it and the guard are loaded; before that there is no draft."""

    def __init__(self) -> None:
        self.inner: Generator | None = None

    async def draft(self, conditioning: Conditioning) -> Draft | None:
        """See ``Generator.draft``."""
        return None if self.inner is None else await self.inner.draft(conditioning)


class SmallModelGenerator:
    """The embedded model, whose draft counts only if it is about what was said; else None, and the composer writes."""

    def __init__(self, inner: ModelGenerator, embedder: Embedder) -> None:
        self._inner = inner
        self._embedder = embedder

    async def draft(self, conditioning: Conditioning) -> Draft | None:
        """A draft that passed the relevance check."""
        if conditioning.plan.strategy not in SMALL_MODEL_FOR:
            return None
        made = await self._inner.draft(conditioning)
        if made is None:
            return None
        text = last_whole_sentence(made.text)
        earlier = [t.reply for t in conditioning.history]
        unfit = await asyncio.to_thread(fit, text, conditioning.text, earlier, self._embedder.embed)
        return None if unfit else Draft(text, "generated", prompt_hash=made.prompt_hash, model=made.model)


def _passage(found: Found) -> Passage:
    meta = found.entry.meta
    sources = tuple(f"{s.title}, {s.publisher} {s.year}" for s in meta.sources)
    return Passage(meta.id, meta.title, meta.kind, meta.technique, found.entry.body, meta.step, found.score, sources)
