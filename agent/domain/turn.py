"""One turn of a conversation: what came in, what was planned, what goes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from agent.domain.memory import Note
from agent.domain.risk import Tier
from classifiers.evidence import Heard
from classifiers.labels import Emotion, Intent
from classifiers.windows import said

Role = Literal["user", "assistant"]
#: Where the words of a reply came from.
Origin = Literal["generated", "authored", "crisis", "guard", "fallback", "relay"]
Strategy = Literal[
    "listen", "explore", "validate", "normalise", "summarise", "offer_skill", "inform", "celebrate", "check_in",
    "connect_person", "about_agent", "follow_homework", "redirect", "greet", "close", "accept_thanks", "repair",
    "continue", "language", "crisis",
]  # fmt: skip
#: What somebody may ask of the program: whether it is a person, whether it keeps secrets, who is there; and what it
#: must leave to a doctor or pharmacist.
Asked = Literal["human", "secrecy", "there", "medicine", "diagnosis"]
#: A reason of a reply: it tells that the language is read less well. Given once in a conversation.
READ_LESS_WELL: Final = "read_less_well"
#: Turns, of both sides, that a message is read in the light of.
BEFORE: Final = 12


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the person, as received."""

    turn_id: UUID
    conversation_id: UUID
    person_id: UUID
    seq: int
    text: str
    locale: str


@dataclass(frozen=True, slots=True)
class PastTurn:
    """An earlier turn of the person, oldest first in any list. ``settled``: a counsellor has looked since."""

    text: str
    reply: str
    tier: Tier
    strategy: Strategy | None
    technique: str | None = None
    felt: tuple[Emotion, ...] = ()
    intent: Intent | None = None
    pieces: tuple[str, ...] = ()
    card: bool = False
    heard: Heard | None = None
    noted: bool = False
    settled: bool = False


def talk(history: Sequence[PastTurn]) -> tuple[str, ...]:
    """What both sides said last, oldest first, as the text reader takes it; not what a counsellor has settled."""
    recent = [t for t in history[-BEFORE // 2 :] if not t.settled]
    return tuple(line for t in recent for line in (said("user", t.text), said("assistant", t.reply)) if line != ">")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the reply is for. ``technique`` names the skill to offer, if any; ``intent`` is the one that makes sense.

    ``asked``: what the message asks of the program itself, which is answered before anything else. ``resume``: the step
    at which an exercise of an earlier day goes on. ``set_out``: what the person set out to do, to be asked about.
    ``note``: what they told before, which this reply may come back to.
    """

    strategy: Strategy
    technique: str | None = None
    check_in: bool = False
    retrieve: bool = False
    intent: Intent = "vent"
    asked: tuple[Asked, ...] = ()
    resume: int | None = None
    set_out: str = ""
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved piece of the knowledge base with its similarity score in [-1, 1]."""

    id: str
    title: str
    kind: str
    technique: str
    body: str
    step: str | None
    score: float
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unfit:
    """What may not be offered now: techniques offered before in this conversation, and contraindications by name."""

    offered: frozenset[str] = frozenset()
    against: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PassageSource:
    """What is shown of a passage under a reply."""

    id: str
    title: str
    publisher: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Words proposed by a generator, not yet vetted. ``pieces`` are ids of the authored pieces used, if any."""

    text: str
    origin: Origin
    pieces: tuple[str, ...] = ()
    prompt_hash: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the person is shown. ``sentences`` is the text, cut where it is released."""

    text: str
    sentences: tuple[str, ...]
    origin: Origin
    tier: Tier
    strategy: Strategy
    card: bool = False
    technique: str | None = None
    passages: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    prompt_hash: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Conditioning:
    """Everything a generator may know when it drafts a reply. ``against``: names of contraindications."""

    text: str
    felt: tuple[Emotion, ...]
    intensity: float
    intent: Intent
    tier: Tier
    plan: Plan
    locale: str
    passages: tuple[Passage, ...] = ()
    history: tuple[PastTurn, ...] = field(default=())
    against: frozenset[str] = frozenset()
