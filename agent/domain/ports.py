"""What the graph asks of the outside. Each may fail; the graph knows what to do then."""

from collections.abc import Sequence
from typing import Protocol

from agent.domain.turn import Conditioning, Draft, Passage, PassageSource, Plan, Unfit
from classifiers.labels import TierName
from classifiers.reading import TextReading


class TextSensor(Protocol):
    """Reads one message."""

    @property
    def version(self) -> str:
        """Which weights read."""
        ...

    async def read(self, text: str, before: Sequence[str] = ()) -> TextReading:
        """Emotions, intent and risk signals of a message, and its risk in the light of the turns before it."""
        ...


class PassageFinder(Protocol):
    """Finds passages of the knowledge base."""

    async def find(
        self, query: str, tier: TierName, plan: Plan, reading: TextReading | None, unfit: Unfit, limit: int
    ) -> tuple[Passage, ...]:
        """At most ``limit`` passages that may be shown at this tier, best first; none below the floor score.

        ``unfit`` says what may not come in this conversation.
        """
        ...

    def source(self, passage_id: str) -> PassageSource | None:
        """Title and publisher of a passage, to be shown under a reply."""
        ...


class Generator(Protocol):
    """Drafts a reply with a language model."""

    async def draft(self, conditioning: Conditioning) -> Draft | None:
        """A draft, or None when the model has nothing fit to be vetted. Raises on time-out and on failure."""
        ...
