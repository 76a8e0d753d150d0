"""What flows through the graph, and what its nodes may use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypedDict
from uuid import UUID

from agent.domain.escalation import Held
from agent.domain.help import Card
from agent.domain.memory import Note
from agent.domain.offer import Choice
from agent.domain.ports import Generator, PassageFinder, TextSensor
from agent.domain.risk import RiskAssessment, Standing
from agent.domain.turn import Conditioning, Draft, Message, Passage, PastTurn, Plan, Reply
from agent.escalation.alerts.climb import Ladder
from agent.escalation.desk.handling import Desk
from agent.escalation.spool import Spool
from agent.escalation.trusted.contacts import TrustedDesk
from agent.graph.learned import LearnedChoice
from agent.safety.assess import RiskPolicy
from agent.safety.crisis import CrisisWords
from agent.safety.helplines import Helplines
from agent.safety.hints import Hints
from agent.safety.languages import Languages
from agent.safety.lexicon import Cue, Lexicon
from agent.safety.straight import Straight
from agent.safety.vetting import Vetted
from agent.storage.repositories.practices import StoredPractice
from agent.storage.unit_of_work import Database
from classifiers.reading import TextReading


class Composer(Protocol):
    """The authored composer: always there, needs nothing."""

    def compose(self, c: Conditioning) -> Draft:
        """A whole reply."""
        ...

    def reflection(self, c: Conditioning) -> Draft:
        """One sentence that shows the person was heard."""
        ...

    def looking_back(self, turns: Sequence[PastTurn]) -> str:
        """What a talk was about so far, as a short note."""
        ...


class Guard(Protocol):
    """Vets a draft sentence by sentence."""

    def vet(self, draft: str, said: str = "") -> Vetted:
        """What may be shown of it, with authored words where it was cut."""
        ...


class State(TypedDict, total=False):
    """One turn. The first group is given by the runner, the rest is filled by the nodes in order.

    ``stood`` is the risk that stood when the turn was loaded, ``standing`` the same after the step-down rule.
    ``practices`` are exercises of the person, last touched first; ``notes`` what is remembered, None if that is off.
    """

    message: Message
    history: tuple[PastTurn, ...]
    elsewhere: tuple[PastTurn, ...]
    stood: Standing
    standing: Standing
    country: str
    held: Held | None
    noted: bool
    hurry: bool
    practices: tuple[StoredPractice, ...]
    notes: tuple[Note, ...] | None

    reading: TextReading | None
    cues: tuple[Cue, ...]
    risk: RiskAssessment
    stepped_down: bool
    asked: bool
    case_id: UUID | None
    case_lost: bool
    plan: Plan
    passages: tuple[Passage, ...]
    choice: Choice
    draft: Draft | None
    reply: Reply
    drafted: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds after which a part is given up on; the turn goes on without it."""

    read: float = 3.0
    retrieve: float = 2.0
    generate: float = 20.0
    guard: float = 5.0
    store: float = 8.0


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the nodes need, made once by ``bootstrap``."""

    database: Database
    spool: Spool
    ladder: Ladder
    desk: Desk
    trusted: TrustedDesk
    sensor: TextSensor
    lexicon: Lexicon
    hints: Hints
    risk_policy: RiskPolicy
    helplines: Helplines
    words: CrisisWords
    straight: Straight
    languages: Languages
    finder: PassageFinder
    composer: Composer
    generator: Generator | None
    guard: Guard
    chooser: LearnedChoice | None = None
    limits: Limits = Limits()
    card_again_after: int = 8

    def card(self, state: State) -> Card:
        """The help card for this person and, once assessed, for this danger."""
        risk = state.get("risk")
        return self.helplines.card(state["country"], risk.domains if risk else ())
