"""What in a message is worth a note, and which note a reply may come back to. Pure; better none than a wrong one.

A note is the person's own clause, word for word. Nothing is guessed: no health, no belief, no feeling, only whom they
name, what they say they want, and what they say helps them.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from agent.domain.memory import MOST_NOTE, Note, NoteKind

_KIN: Final = (
    r"(?:little |big |older |younger |best )?"
    r"(?:sister|brother|mum|mom|mother|dad|father|gran|grandma|grandad|nan|aunt|uncle|cousin|niece|nephew|son|daughter"
    r"|wife|husband|partner|girlfriend|boyfriend|friend|mate|flatmate|dog|cat)"
)
_NAME: Final = r"[A-Z][a-zà-ÿ]{1,19}"
_REST: Final = r"[^.!?\n;]{3,120}"
_OFTEN: Final = r"(?:always |really |usually |often )?"
_WANTED: Final = (
    r"(?:learn|get better|start|be able|finish|find|become|go back|sleep|run|read|write|cook|paint|walk|swim"
    r"|see more of)\b[^.!?\n;]{0,110}"
)
_WHAT: Final = r"(?:what|the only thing that|one thing that)"
_PATTERNS: Final[tuple[tuple[NoteKind, re.Pattern[str]], ...]] = (
    ("person", re.compile(rf"\b(?i:my) (?i:{_KIN}),? (?:(?i:is called|is named|called|named) )?(?!I\b){_NAME}\b")),
    ("person", re.compile(rf"\b{_NAME},? (?:is )?(?i:my) (?i:{_KIN})\b")),
    ("goal", re.compile(rf"\bmy goal is (?:to )?{_REST}", re.IGNORECASE)),
    ("goal", re.compile(rf"\bi(?:'d| would)? (?:really )?(?:want|like|hope) to {_WANTED}", re.IGNORECASE)),
    ("helped", re.compile(rf"\b{_WHAT} {_OFTEN}helps (?:me )?is {_REST}", re.IGNORECASE)),
    ("helped", re.compile(rf"\b[a-z][^.!?\n;,]{{3,60}} {_OFTEN}helps me\b[^.!?\n;]{{0,60}}", re.IGNORECASE)),
)
_NO_NAMES: Final = (
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August"
    " September October November December Christmas Easter Eid But And Or So Then He She They It We You That This What"
    " Who When Why God"
)
_NOT_A_NAME: Final = frozenset(_NO_NAMES.split())
#: Nothing that says one of these is kept by itself.
_LEAVE: Final = re.compile(
    r"\b(?:nothing|nobody|no one|never|doesn'?t|didn'?t|not|dead|death|cut\w*|harm\w*|drink\w*|drunk|wines?|beers?"
    r"|vodka|weed|smok\w*|drug\w*|pills?|tablets?|valium|xanax|weight|thin|calories|starv\w*|fasting|purg\w*|gambl\w*"
    r"|betting|disappear\w*|end it|revenge)\b",
    re.IGNORECASE,
)
#: In a message that speaks of loss or violence nobody's name is kept: it would be said back at the wrong moment.
_NO_MOMENT: Final = re.compile(
    r"\b(?:died|dies|dying|dead|death|passed|funeral|buried|grave|suicide|kill\w*|lost|put (?:him|her|it) to sleep"
    r"|put down|miss(?:ing|ed)?|ex|broke up|left me|divorc\w*|hit|hits|beat\w*|hurt\w*|abus\w*|rape\w*|hates?"
    r"|scared of|afraid of|cheat\w*|prison|arrest\w*)\b",
    re.IGNORECASE,
)
#: A note is come back to once in so long, and not on the day it was made.
_REST_OF: Final = timedelta(days=7)
_FRESH: Final = timedelta(hours=12)


def noticed(text: str) -> tuple[tuple[NoteKind, str], ...]:
    """What this message would have noted, as kind and words."""
    said, found = text.replace("’", "'"), dict[str, tuple[NoteKind, str]]()
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(said):
            words = " ".join(match[0].split()).strip(" ,-")
            if kind == "person" and (_NO_MOMENT.search(said) or not _NOT_A_NAME.isdisjoint(words.split())):
                continue
            if len(words) <= MOST_NOTE and not _LEAVE.search(words):
                found.setdefault(words.casefold(), (kind, words))
    return tuple(found.values())


def fresh(notes: Sequence[Note], told: Sequence[tuple[NoteKind, str]]) -> tuple[tuple[NoteKind, str], ...]:
    """Those that are not there yet."""
    have = {n.text.casefold() for n in notes}
    return tuple(one for one in told if one[1].casefold() not in have)


def to_come_back_to(
    notes: Sequence[Note], kinds: Sequence[NoteKind], conversation_id: UUID, now: datetime
) -> Note | None:
    """The newest note of these kinds, from another conversation, that has rested; None if there is none."""
    rested = [
        n
        for n in notes
        if n.kind in kinds and n.conversation_id != conversation_id and n.at <= now - _FRESH
        and (n.used_at is None or n.used_at <= now - _REST_OF)
    ]  # fmt: skip
    return max(rested, key=lambda n: n.at, default=None)


def notes_in(pieces: Sequence[str]) -> tuple[UUID, ...]:
    """The notes that a reply came back to."""
    return tuple(UUID(p.removeprefix("note/")) for p in pieces if p.startswith("note/"))
