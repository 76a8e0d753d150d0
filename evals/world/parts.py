"""Parts of the product as a case wants them: watched, poisoned, or broken."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from agent.domain.ports import PassageFinder
from agent.domain.turn import Conditioning, Draft, Passage, PassageSource, Plan, Unfit
from agent.escalation.alerts.channels import Notice
from agent.safety.vetting import Vetted
from classifiers.labels import TierName
from classifiers.reading import TextReading


@dataclass(slots=True)
class WatchedFinder:
    """The product's own finder; keeps the text of what it found, and puts ``poison`` before all else."""

    inner: PassageFinder
    poison: list[str] = field(default_factory=list)
    bodies: dict[str, str] = field(default_factory=dict)

    async def find(
        self, query: str, tier: TierName, plan: Plan, reading: TextReading | None, unfit: Unfit, limit: int
    ) -> tuple[Passage, ...]:
        """What the inner one finds. A poisoned passage looks like the best of them."""
        found = await self.inner.find(query, tier, plan, reading, unfit, limit)
        false = tuple(
            Passage(f"poisoned-{n}", "A note", "psychoeducation", plan.technique or "", text, text, 0.99)
            for n, text in enumerate(self.poison)
        )
        found = (*false, *found)[:limit]
        self.bodies.update((p.id, p.body) for p in found)
        return found

    def source(self, passage_id: str) -> PassageSource | None:
        """See ``PassageFinder.source``."""
        return self.inner.source(passage_id)


@dataclass(frozen=True, slots=True)
class Broken:
    """Any part, switched off: whatever it is asked, it raises."""

    version: str = "broken"

    async def read(self, text: str, before: Sequence[str] = ()) -> TextReading:
        """No reading."""
        del text, before
        self._off()

    async def find(self, *asked: object) -> tuple[Passage, ...]:
        """No passages."""
        del asked
        self._off()

    async def draft(self, conditioning: Conditioning) -> Draft | None:
        """No draft."""
        del conditioning
        self._off()

    def vet(self, draft: str, said: str = "") -> Vetted:
        """No verdict."""
        del draft, said
        self._off()

    def source(self, passage_id: str) -> PassageSource | None:
        """Nothing is known of any passage."""
        del passage_id
        return None

    def _off(self) -> NoReturn:
        raise RuntimeError("switched off by the case")


@dataclass(slots=True)
class Kept:
    """A channel of alerts that takes everything; nothing leaves the machine."""

    name: str = "kept"
    personal: bool = True
    notices: list[Notice] = field(default_factory=list)

    async def send(self, notice: Notice) -> bool:
        """Take it."""
        self.notices.append(notice)
        return True
