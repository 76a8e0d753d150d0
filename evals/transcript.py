"""What happened in a conversation, as scorers see it: words and record, whichever system was asked."""

from dataclasses import dataclass, field

from agent.domain.risk import Tier
from evals.cases import Deed, Say


@dataclass(frozen=True, slots=True)
class Record:
    """What the system noted with a reply. A system that keeps no such record (a bare model) has none.

    ``tier``: the risk that stands for the person; None where only what the person can see is known, and then neither
    ``case_first`` nor the texts of ``cited`` are. ``case_first``: the case was durable before the reply was; None
    without a case. ``reached``: when the record says that an alert was taken by a channel, answered, or the case
    taken, whichever came last: nobody, listed, told, coming, taken, talking. ``names``: of the counsellors who have
    the conversation. ``cited``: texts of the passages that the reply gives as its sources.
    """

    tier: Tier | None
    card: bool
    case: bool
    case_first: bool | None
    reached: str
    on_duty: bool
    origin: str
    strategy: str
    names: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()
    felt: tuple[tuple[str, float], ...] = ()

    @property
    def stood(self) -> str:
        """The tier in words; empty where it is not told."""
        return self.tier.label if self.tier is not None else ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message and what came of it. ``reply`` is empty when the program was silent. ``seconds``: until the reply."""

    say: Say
    reply: str
    seconds: float
    record: Record | None = None
    sentences: tuple[str, ...] = ()
    error: str = ""

    @property
    def tier(self) -> Tier:
        """The tier that stood then; none where it is not told."""
        told = None if self.record is None else self.record.tier
        return Tier.NONE if told is None else told


@dataclass(slots=True)
class Transcript:
    """A whole case. ``events``: exchanges and deeds in their order. ``skipped``: a deed that this system cannot do.

    ``stopped``: why the case could not be played to its end, which is a failure of the system.
    """

    case_id: str
    events: list[Exchange | Deed] = field(default_factory=list)
    skipped: str = ""
    stopped: str = ""

    @property
    def exchanges(self) -> list[Exchange]:
        """The exchanges alone, in order."""
        return [e for e in self.events if isinstance(e, Exchange)]
