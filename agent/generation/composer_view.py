"""What the composer sees of one turn: topics, feeling, people, what was used and offered before. Pure."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from agent.care.in_chat import step_of
from agent.domain.turn import Conditioning, PastTurn
from agent.generation import words
from agent.generation.composer_pieces import Shelf, Topic, opening
from agent.generation.composer_slots import LOOK_BACK, fill_slots
from agent.generation.composer_terms import terms
from agent.generation.composer_topics import STATES, feeling_group, found_in, kept, ranked, running_topic, topics_of

STRONG: Final = 0.5
VERY: Final = 0.75  # where a mild feeling ("annoyance") is spoken of in strong words
_MILD: Final = terms("annoyance nervousness disapproval embarrassment caring relief optimism amusement realization")
Brief = Literal["yes", "no", "unsure", "quiet", ""]

_FEW: Final = 4
_YES: Final = terms("yes yeah yep yup yea aye ya sure definitely exactly true facts right correct mhm agreed")
_NO: Final = terms("no nah nope naw never nay")
_UNSURE: Final = terms("idk dunno maybe perhaps unsure dk")
_UNSURE_PAIRS: Final = frozenset({"dont know", "not sure", "no idea", "who knows", "cant say", "hard to", "i guess"})
_BARE: Final = 2
_STOCK: Final = terms(
    "ok okay k kk fine nothing much hm hmm hmmm so so meh whatever same bad good alright i am im dont care"
)
_THUMBS: Final = frozenset("👍👌✅🆗")


@dataclass(frozen=True, slots=True)
class View:
    """One turn, read. ``own`` are topics of this message, ``running`` the topic the talk is about."""

    c: Conditioning
    said: tuple[str, ...]
    kind: words.Readable
    brief: Brief
    hits: tuple[str, ...]
    own: tuple[Topic, ...]
    running: Topic | None
    fresh_topic: bool
    noticed: tuple[Topic, ...]
    group: str
    strong: bool
    slots: Mapping[str, str]
    used: Mapping[str, int]
    salt: str
    avoid: str
    offered: str
    offered_just_now: bool
    refused: frozenset[str]
    links: frozenset[str]

    @property
    def last(self) -> PastTurn | None:
        """The turn before this one."""
        return self.c.history[-1] if self.c.history else None

    def has(self, prefix: str) -> bool:
        """Whether a cue of that owner stands in the message."""
        return any(hit == prefix for hit in self.hits)

    def asked_and(self, answer: Brief) -> bool:
        """Whether the reply before asked about suicide, and this message gives that answer or begins with it."""
        if not self.last_used("check_self/"):
            return False
        heads: dict[Brief, frozenset[str]] = {"yes": _YES, "no": _NO, "unsure": _UNSURE}
        return self.brief == answer or bool(set(self.said[:1]) & heads.get(answer, frozenset()))

    def last_used(self, prefix: str) -> bool:
        """Whether the reply just before used a piece with that prefix."""
        return self.used_lately(prefix, 1)

    def used_lately(self, prefix: str, turns: int) -> bool:
        """Whether a piece with that prefix was used in the last ``turns`` replies."""
        return any(p.startswith(prefix) for past in self.c.history[-turns:] for p in past.pieces)


def read(c: Conditioning, shelf: Shelf) -> View:
    """Read one turn."""
    said, found = found_in(c.text, shelf)
    own = topics_of(found, shelf, talking=bool(c.history))
    lately = c.history[-LOOK_BACK:]
    past_topics = [topics_of(found_in(turn.text, shelf)[1], shelf, talking=n > 0) for n, turn in enumerate(lately)]
    running = running_topic(own, past_topics)
    own = kept(own, running)
    glad = (
        c.intent == "share_good_news"
        or c.plan.strategy == "celebrate"
        or shelf.feelings.get(c.felt[0] if c.felt else "") == "joy"
    )
    own = own if glad else tuple(t for t in own if t.key != "good_news")
    noticed = ranked(found, "notice.", shelf.noticings)
    kind = words.readable(c.text)
    offered, just_now, refused = _offers(c)
    keys = {topic.key for topic in own}
    seen = {topic.key for topics in past_topics for topic in topics}
    return View(
        c=c, said=said, kind=kind, brief=_brief(c, said, kind) if not own and not noticed else "",
        hits=tuple(owner for owner, _, _ in found), own=own, running=running,
        fresh_topic=bool(keys) and own[0].key not in seen and own[0].key not in STATES, noticed=noticed,
        group=feeling_group(c, shelf, own, noticed),
        strong=c.intensity >= (VERY if c.felt and c.felt[0] in _MILD else STRONG),
        slots=fill_slots(c, shelf, own, past_topics),
        used={piece: n for n, turn in enumerate(c.history) for piece in turn.pieces},
        salt=str(zlib.crc32(f"{len(c.history)} {c.text[:400]}".encode("utf-8", "surrogatepass"))),
        avoid=opening(c.history[-1].reply) if c.history else "",
        offered=offered, offered_just_now=just_now, refused=refused,
        links=frozenset(p.split("/")[0] for turn in c.history[-3:] for p in turn.pieces if p.startswith("link_")),
    )  # fmt: skip


def _brief(c: Conditioning, said: tuple[str, ...], kind: words.Readable) -> Brief:
    if kind == "emoji":
        return "yes" if set(c.text) & _THUMBS else ""
    if kind == "unclear" and not any(ch.isalpha() for ch in c.text):
        return "yes" if said else "quiet"  # a number answers a question; dots do not
    if kind != "plain" or not 0 < len(said) <= _FEW:
        return ""
    pairs = any(" ".join(pair) in _UNSURE_PAIRS for pair in pairwise(said))
    unsure = pairs or said[0] in _UNSURE or (len(said) <= _BARE and bool(set(said) & _UNSURE))
    answers: tuple[tuple[bool, Brief], ...] = (
        (unsure, "unsure"),
        (said[0] in _NO or said[:2] == ("not", "really"), "no"),
        (c.intent == "agree" or said[0] in _YES, "yes"),
        (len(said) <= _BARE or set(said) <= _STOCK, "quiet"),
    )
    return next((answer for holds, answer in answers if holds), "")


def _offers(c: Conditioning) -> tuple[str, bool, frozenset[str]]:
    """Technique offered or walked last, whether that was in the reply just before, and techniques that were refused."""
    last, refused = "", set[str]()
    for n, turn in enumerate(c.history):
        name = technique_of(turn)
        step = step_of(turn.pieces)
        last = name or (step[0] if step else last)
        answer = c.history[n + 1].intent if n + 1 < len(c.history) else c.intent
        if name and answer == "disagree":
            refused.add(name)
    return last, bool(c.history and technique_of(c.history[-1])), frozenset(refused)


def technique_of(turn: PastTurn) -> str:
    """Technique that this reply offered, or ""; what the pieces say goes before what was planned."""
    named = next((p.removeprefix("offered/") for p in turn.pieces if p.startswith("offered/")), "")
    if named or turn.pieces:
        return named
    return turn.technique or "" if turn.strategy == "offer_skill" else ""


def earlier_words(view: View, shelf: Shelf) -> str | None:
    """Something the person said at least two turns ago about the same topic, turned to them, if it may be repeated."""
    if view.running is None:
        return None
    for turn in view.c.history[-LOOK_BACK:-1]:
        _, found = found_in(turn.text, shelf)
        if any(topic.key == view.running.key for topic in topics_of(found, shelf)):
            turned = words.mirror(turn.text, shelf.known)
            shown = turned is not None and any(turned.casefold() in past.reply.casefold() for past in view.c.history)
            if turned and not shown:
                return turned
    return None


def earlier_event(view: View) -> words.Event | None:
    """Return an event with its day from an earlier message."""
    for turn in reversed(view.c.history[-LOOK_BACK:]):
        for event in words.events(turn.text):
            if re.match(r"on |next |in ", event.when):
                return event
    return None
