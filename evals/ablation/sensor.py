"""The product's own text reader, with the feeling of one message replaced."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.domain.ports import TextSensor
from classifiers.reading import TextReading
from evals.ablation.readings import Feeling


@dataclass(slots=True)
class AlteredSensor:
    """Reads as ``inner`` does. In the ``at``-th message since ``begin`` (from 0), ``feeling`` stands for what was felt.

    ``seen`` holds what ``inner`` read since then, unaltered.
    """

    inner: TextSensor
    feeling: Feeling | None = None
    at: int = 0
    seen: list[TextReading] = field(default_factory=list)

    @property
    def version(self) -> str:
        """Of the inner one."""
        return self.inner.version

    def begin(self, at: int = 0, feeling: Feeling | None = None) -> None:
        """A new conversation; without a feeling nothing is altered."""
        self.feeling, self.at = feeling, at
        self.seen.clear()

    async def read(self, text: str, before: Sequence[str] = ()) -> TextReading:
        """See ``TextSensor.read``."""
        reading = await self.inner.read(text, before)
        self.seen.append(reading)
        altered = self.feeling is not None and len(self.seen) == self.at + 1
        return self.feeling.put(reading) if altered and self.feeling is not None else reading
