"""The handoff summary: what a counsellor reads first. Extractive: it quotes the person and invents nothing.

Each claim is words of the person, by their place in a message, with the cue or driver it is there for. What nothing in
the words speaks of is said to be unknown, which is not "no".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from agent.domain.risk import Driver, Tier
from agent.escalation.summary.cues import CLEAR, DENIABLE, TOPICS, SummaryCues, Topic
from agent.escalation.summary.quoting import quotation, quoted
from agent.safety.hints import Hints
from agent.storage.repositories.case_record import CaseEvent, EventKind
from agent.storage.repositories.turns import StoredTurn
from classifiers.evidence import SHOWN
from classifiers.labels import Sign

#: How a claim is meant: of the person, now; or what else it is about.
Frame = Literal["now", "past", "other", "negated", "hypothetical", "quoted", "taken_back"]
_FRAMES: Final[Mapping[str, Frame]] = {
    "now": "now", "past": "past", "other": "other", "negated": "negated", "hypothetical": "hypothetical",
}  # fmt: skip
#: What a counsellor wants to know of everybody in danger.
WANTED: Final[tuple[Topic, ...]] = ("means", "plan", "taken", "alone", "place", "attempt")
#: Topics whose words are shown as well when they are denied, past, or about somebody else: under what they are.
_ASIDE: Final = DENIABLE
#: What the reader's signs are about. They point at a message, not at words.
_SIGNS: Final[Mapping[Sign, Topic]] = {
    "means": "means", "time": "plan", "goodbye": "plan", "affairs": "plan", "rehearsal": "plan", "isolation": "alone",
}  # fmt: skip
_TIMELINE: Final[frozenset[EventKind]] = frozenset({"opened", "risk", "reopened", "step_down", "lapsed", "closed"})
_MOST: Final = 4


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a message: half open, in code points. ``turn_seq`` is unique within its conversation alone."""

    conversation_id: UUID
    turn_seq: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Words of the person, verbatim. ``why`` names the cue or driver, ``cue`` its own place within the span."""

    quote: str
    span: Span
    cue: Span
    why: str
    frame: Frame = "now"
    tier: Tier | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A recorded fact and its time: an event of the case, or the person's first or last message."""

    kind: EventKind | Literal["first_message", "last_message"]
    at: datetime
    tier: Tier | None = None
    conversation_id: UUID | None = None
    turn_seq: int | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A message in which the reader heard a sign. It points at no words."""

    conversation_id: UUID
    turn_seq: int


@dataclass(frozen=True, slots=True)
class Summary:
    """``said`` are the words that raised the risk. ``more``: the sections that leave out some of what was found.

    ``unknown`` has the topics of which nothing was found; ``unclear`` those that are mentioned at most, or of which the
    reader heard a sign, with the last such message. ``other_languages``: those of messages the cues cannot read.
    """

    said: tuple[Claim, ...]
    topics: Mapping[Topic, tuple[Claim, ...]]
    aside: tuple[Claim, ...]
    more: frozenset[str]
    unknown: tuple[Topic, ...]
    unclear: Mapping[Topic, Claim | Heard]
    timeline: tuple[Moment, ...]
    other_languages: tuple[str, ...]


_Found = tuple[Topic, Claim]


@dataclass(frozen=True, slots=True)
class _Message:
    conversation_id: UUID
    turn: StoredTurn

    @property
    def language(self) -> str:
        """Empty where nobody could say."""
        return self.turn.reading.language if self.turn.reading is not None else ""


def summarise(
    talks: Mapping[UUID, Sequence[StoredTurn]], events: Sequence[CaseEvent], cues: SummaryCues, hints: Hints
) -> Summary:
    """Sum up what the person wrote in these conversations and what is on the record of the case. Pure."""
    messages = sorted(
        (_Message(conversation, turn) for conversation, turns in talks.items() for turn in turns),
        key=lambda m: (m.turn.received_at, m.turn.seq),
    )
    readable = [m for m in messages if m.language in {"", "en", "und"}]
    foreign = tuple(dict.fromkeys(m.language for m in messages if m not in readable))
    drivers = list(_of_drivers(messages, events, cues))
    said = [claim for _, claim in drivers]
    found = [(topic, claim) for topic, claim in drivers if topic is not None]
    clear, mentions = _of_cues(readable, cues)
    found += clear
    order = {(m.conversation_id, m.turn.seq): i for i, m in enumerate(messages)}

    def in_order(claims: Sequence[Claim]) -> list[Claim]:
        apart = [
            c
            for frame in dict.fromkeys(c.frame for c in claims)
            for c in _distinct([d for d in claims if d.frame == frame])
        ]
        return sorted(apart, key=lambda c: (order[c.span.conversation_id, c.span.turn_seq], c.span.start))

    present = {topic: in_order([c for t, c in found if t == topic and _stands(topic, c)]) for topic in TOPICS}
    # "I have a rope but no pills" is quoted once, where it says more.
    denied = [
        c for t, c in found
        if t in _ASIDE and not _stands(t, c) and not any(_overlap(c.span, p.span) for p in present[t])
    ]  # fmt: skip
    aside = in_order([*denied, *(c for m in readable for c in _taken_back(m, hints))])
    spoken = {t for t, c in found if _stands(t, c) or c.frame == "negated"}
    missing = [t for t in WANTED if t not in spoken]
    perhaps = {**_signs(messages), **{t: c for t, c in mentions if c.frame in {"now", "past"}}}
    unclear = {t: perhaps[t] for t in missing if t in perhaps}
    gravest = _distinct(sorted(said, key=lambda c: c.tier or Tier.NONE, reverse=True))
    lists: list[tuple[str, list[Claim]]] = [*present.items(), ("said", gravest), ("aside", aside)]
    return Summary(
        said=tuple(gravest[:_MOST]),
        topics={topic: tuple(claims[-_MOST:]) for topic, claims in present.items() if claims},
        aside=tuple(aside[-_MOST:]),
        more=frozenset(name for name, claims in lists if len(claims) > _MOST),
        unknown=tuple(t for t in missing if t not in unclear),
        unclear=unclear,
        timeline=_timeline(messages, events),
        other_languages=foreign,
    )


def _stands(topic: Topic, claim: Claim) -> bool:
    """Whether words belong under their topic: about the person and now, but for an attempt, which is always past."""
    return claim.frame == "now" or (topic == "attempt" and claim.frame == "past")


def _claim(message: _Message, start: int, end: int, why: str, frame: Frame, tier: Tier | None = None) -> Claim:
    text, seq = message.turn.text, message.turn.seq
    a, b = quotation(text, start, end)
    place = message.conversation_id
    return Claim(text[a:b], Span(place, seq, a, b), Span(place, seq, start, end), why, frame, tier)


def _of_cues(messages: Sequence[_Message], cues: SummaryCues) -> tuple[list[_Found], list[_Found]]:
    """What is clearly spoken of, and what is mentioned."""
    clear: list[_Found] = []
    mentioned: list[_Found] = []
    for message in messages:
        text = message.turn.text
        for topic, cue in cues.find(text):
            frame: Frame = "quoted" if quoted(text, cue.start, cue.end) else _FRAMES[cue.frame]
            found = topic, _claim(message, cue.start, cue.end, cue.entry, frame)
            (clear if cue.tier == CLEAR else mentioned).append(found)
    return clear, mentioned


def _of_drivers(
    messages: Sequence[_Message], events: Sequence[CaseEvent], cues: SummaryCues
) -> Iterator[tuple[Topic | None, Claim]]:
    """The words of each driver where they stand, gravest last; those that are no verbatim words are left out."""
    by_place = {(m.conversation_id, m.turn.seq): m for m in messages}
    for event in events:
        if event.conversation_id is None or event.turn_seq is None:
            continue
        message = by_place.get((event.conversation_id, event.turn_seq))
        if message is None:
            continue
        exact = any(d.source == "lexicon" for d in event.drivers)
        for driver in event.drivers:
            words = _verbatim(driver)
            if not words or (words != driver.words and exact):
                continue  # the beginning of a long message says less than the words that were found in it
            text = message.turn.text
            at = text.find(words)
            if at < 0:
                continue
            topic, frame = _spoken_of(driver, cues)
            if quoted(text, at, at + len(words)):
                frame = "quoted"
            # Said twice, it is not known which of the two the frame is about.
            certain = text.count(words) == 1
            yield topic if certain else None, _claim(message, at, at + len(words), driver.detail, frame, driver.tier)


def _verbatim(driver: Driver) -> str:
    """The driver's words without the mark of a cut; a cut is moved to the end of a word."""
    if driver.source == "lexicon" or not driver.words.endswith("…"):
        return driver.words.strip()
    return driver.words.removesuffix("…").rpartition(" ")[0].strip()


def _spoken_of(driver: Driver, cues: SummaryCues) -> tuple[Topic | None, Frame]:
    """What an entry of the risk lexicon is about; other drivers are about a message as a whole."""
    if driver.source != "lexicon" or driver.detail.count("/") != 2:  # noqa: PLR2004  (domain/frame/language.entry)
        return None, "now"
    _, frame, entry = driver.detail.split("/")
    return cues.entries.get(entry.partition(".")[2]), _FRAMES.get(frame, "now")


def _taken_back(message: _Message, hints: Hints) -> Iterator[Claim]:
    """Words like "forget it": a denial is worth reading and lowers nothing."""
    for found in hints.takes_back.finditer(message.turn.text):
        if not quoted(message.turn.text, *found.span()):
            yield _claim(message, *found.span(), "takes_back", "taken_back")


def _distinct(claims: Sequence[Claim]) -> list[Claim]:
    """The same words once: of two quotations that overlap the first found stands."""
    kept: list[Claim] = []
    for claim in claims:
        if not any(_overlap(claim.span, other.span) for other in kept):
            kept.append(claim)
    return kept


def _overlap(one: Span, other: Span) -> bool:
    same = (one.conversation_id, one.turn_seq) == (other.conversation_id, other.turn_seq)
    return same and one.start < other.end and other.start < one.end


def _signs(messages: Sequence[_Message]) -> dict[Topic, Claim | Heard]:
    """For each topic the last message in which the reader heard a sign of it."""
    return {
        _SIGNS[sign.label]: Heard(m.conversation_id, m.turn.seq)
        for m in messages
        for sign in (m.turn.reading.signs if m.turn.reading is not None else ())
        if sign.score >= SHOWN and sign.label in _SIGNS
    }


def _timeline(messages: Sequence[_Message], events: Sequence[CaseEvent]) -> tuple[Moment, ...]:
    """When it began, each change of tier or hands, and when the person last wrote."""
    moments: list[Moment] = []
    tier: Tier | None = None
    for event in events:
        if event.kind in _TIMELINE and (event.kind != "risk" or event.tier != tier):
            moments.append(Moment(event.kind, event.at, event.tier, event.conversation_id, event.turn_seq))
        tier = event.tier if event.kind in {"opened", "risk", "step_down"} else tier
    if messages:
        first, last = messages[0], messages[-1]
        moments.append(Moment("first_message", first.turn.received_at, None, first.conversation_id, first.turn.seq))
        moments.append(Moment("last_message", last.turn.received_at, None, last.conversation_id, last.turn.seq))
    order = {"first_message": 0, "last_message": 2}
    return tuple(sorted(moments, key=lambda m: (m.at, order.get(m.kind, 1))))
