"""What the words of a message show: topics, people, times, and whether it can be read at all.

Everything here says back what a person wrote or says nothing: a slot is filled only from their own words. Text is cut
to ``MAX_CHARS`` before it is read, so the cost of a turn does not grow with the length of a message.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from agent.generation.composer_mirror import mirror
from agent.generation.composer_readable import MAX_CHARS, Readable, readable

__all__ = [
    "MAX_CHARS", "Event", "Person", "PhraseBook", "Readable", "durations", "events", "mirror", "normalise", "people",
    "readable", "tokens",
]  # fmt: skip

_GAP: Final = 3  # words that "~" may stand for
_STEM: Final = 3  # letters a "word*" must have before its star
_NEGATIONS: Final = frozenset({"not", "isnt", "wasnt", "never", "aint", "isn"})
_QUOTES: Final = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))
_WORD: Final = re.compile(r"[a-z0-9]+")
_STRETCHED: Final = re.compile(r"([a-z])\1{2,}")


def normalise(text: str) -> str:
    """Lower-case text with plain apostrophes and at most ``MAX_CHARS`` characters (its first and last halves)."""
    if len(text) > MAX_CHARS:
        text = f"{text[: MAX_CHARS // 2]} . {text[-MAX_CHARS // 2 :]}"
    return unicodedata.normalize("NFKC", text.translate(_QUOTES)).translate(_QUOTES).lower()


def tokens(text: str) -> tuple[str, ...]:
    """Words without apostrophes; "soooo" counts as "so"."""
    flat = normalise(text).replace("'", "")
    return tuple(_WORD.findall(_STRETCHED.sub(r"\1", flat)))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A cue as words; "~" stands for up to three words, "lonel*" for any ending."""

    words: tuple[str, ...]
    owner: str

    def ends(self, said: tuple[str, ...], at: int) -> int:
        """Index after the phrase if it stands in ``said`` at ``at``, else -1."""
        return _match(self.words, said, at)


def _match(want: tuple[str, ...], said: tuple[str, ...], at: int) -> int:
    for n, word in enumerate(want):
        if word == "~":
            found = (_match(want[n + 1 :], said, at + skip) for skip in range(_GAP + 1))
            return next((end for end in found if end >= 0), -1)
        if at >= len(said) or not (said[at].startswith(word[:-1]) if word.endswith("*") else said[at] == word):
            return -1
        at += 1
    return at


def expand(cues: str, macros: dict[str, str]) -> list[tuple[str, ...]]:
    """Cues "a (b|c) d, e*" as the word sequences they stand for."""
    for name, words in macros.items():
        cues = cues.replace(f"<{name}>", f"({words})")
    out: list[tuple[str, ...]] = []
    for cue in filter(None, (part.strip().replace("'", "") for part in cues.split(","))):
        forms = [""]
        for fixed, options in re.findall(r"([^()]+)|\(([^()]*)\)", cue):
            forms = [f + o for f in forms for o in ([fixed] if fixed else options.split("|"))]
        out += [tuple(form.split()) for form in forms if form.split()]
    return out


@dataclass(slots=True)
class PhraseBook:
    """Finds many phrases in one pass over the words."""

    exact: dict[tuple[str, ...], list[Phrase]] = field(default_factory=dict)  # by the first two plain words
    stems: dict[str, list[Phrase]] = field(default_factory=dict)
    excluded: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)

    def add(self, owner: str, cues: str, unless: str = "", macros: dict[str, str] | None = None) -> None:
        """Register the cues of ``owner``; ``unless`` lists phrases that do not count although a cue is in them."""
        for words in expand(cues, macros or {}):
            head = words[0]
            if head.endswith("*") and len(head) <= _STEM:
                msg = f"cue too short for a star: {head}"
                raise ValueError(msg)
            plain = len(words) > 1 and not words[1].endswith(("*", "~"))
            start = words[:2] if plain else words[:1]
            stem = head.endswith("*")
            shelf = self.stems.setdefault(head[:_STEM], []) if stem else self.exact.setdefault(start, [])
            shelf.append(Phrase(words, owner))
        self.excluded[owner] = expand(unless, macros or {})

    def find(self, said: tuple[str, ...]) -> list[tuple[str, int, int]]:
        """Each (owner, start, words matched), in the order of the text. A denied cue ("not lonely") is left out."""
        hits: list[tuple[str, int, int]] = []
        for at, word in enumerate(said):
            pair = self.exact.get(said[at : at + 2], ()) if at + 1 < len(said) else ()
            for phrase in (*self.exact.get((word,), ()), *pair, *self.stems.get(word[:_STEM], ())):
                end = phrase.ends(said, at)
                if end < 0 or (at and said[at - 1] in _NEGATIONS and phrase.words[0] not in _NEGATIONS):
                    continue
                if any(self._covers(no, said, at, end) for no in self.excluded.get(phrase.owner, ())):
                    continue
                hits.append((phrase.owner, at, end - at))
        return hits

    @staticmethod
    def _covers(no: tuple[str, ...], said: tuple[str, ...], at: int, end: int) -> bool:
        starts = range(max(0, at - len(no) + 1), end)
        return any(_match(no, said, start) > at for start in starts)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone named by role. ``phrase`` is the words turned to the reader ("your little sister")."""

    phrase: str
    role: str
    kind: str
    lost: bool = False
    rift: bool = False


_ANY_OWNER: Final = r"(?:my|me|our|ma|mah|mi)"
_BARE: Final = frozenset(
    {"mum", "mom", "dad", "mam", "mummy", "mommy", "daddy", "gran", "nan", "grandma", "grandad", "nana"}
)
_LOST: Final = re.compile(
    r"(?:lost|losing|buried|death of|funeral of|funeral for|miss|missing|ashes of|put)\s+$|late\s+\S+$|to lose\s+$"
)
_LOST_AFTER: Final = re.compile(
    r"^(?:'s)?\s*(?:\w+\s)?(?:died|dies|passed|funeral|death|is gone|ashes|wake|is dead|was put|has"
    r" passed|has died)\b"
)
_RIFT: Final = re.compile(
    r"(?:argument|argued|arguing|row|fight|fought|fighting|quarrel\w*|fell out|fallen out|falling out"
    r"|shouted|yelled|snapped)\s+"
    r"(?:\w+\s)?(?:with|at)\s+$|(?:^|\W)(?:me|i) (?:and|n)\s+$|between\s+$"
)
_RIFT_AFTER: Final = re.compile(
    r"^\s*(?:and (?:i|me)\b|(?:shouted|yelled|screamed|stormed|snapped|blocked|isn't (?:talking|speaking)))"
)


def people(text: str, roles: dict[str, str]) -> tuple[Person, ...]:
    """People and animals called "my ...", in order; ``roles`` maps a word to its kind."""
    flat = re.sub(r"\b(mother|father|sister|brother|son|daughter) in law\b", r"\1-in-law", normalise(text))
    adjectives = "|".join(w for w, kind in roles.items() if kind == "adjective")
    found: dict[str, Person] = {}
    pattern = rf"\b{_ANY_OWNER}\s+((?:(?:{adjectives})\s+){{0,2}})([a-zé]+(?:-[a-z]+)*)|\b([a-z]+)\b"
    for hit in re.finditer(pattern, flat):
        adjective, noun, bare = hit.group(1), hit.group(2), hit.group(3)
        if bare:
            if bare not in _BARE or re.search(r"\b(?:his|her|their|your|the|a|be|as|step)\s$", flat[: hit.start()]):
                continue
            noun, adjective = bare, ""
        kind = roles.get(noun, "")
        if not kind and adjective and (words := adjective.split()) and roles.get(words[-1]) not in {None, "adjective"}:
            noun, kind, adjective = words[-1], roles[words[-1]], " ".join(words[:-1])
        if kind in {"", "adjective"}:
            continue
        phrase = " ".join(["your", *adjective.split(), noun])
        before, after = flat[max(0, hit.start() - 30) : hit.start()], flat[hit.end() : hit.end() + 30]
        lost = bool(_LOST.search(before) or _LOST_AFTER.search(after) or "late" in adjective.split())
        rift = bool(_RIFT.search(before) or _RIFT_AFTER.search(after))
        known = found.get(phrase)
        found[phrase] = Person(
            phrase, noun, kind, lost or bool(known and known.lost), rift or bool(known and known.rift)
        )
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Event:
    """Something with a day: "the exam", "on Friday"."""

    what: str
    when: str


_DAYS: Final = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_IN_A_WHILE: Final = r"in (?:two|three|four|five|a few) (?:days|weeks)"
_WHEN: Final = rf"(?:on |this |next )?(?:{_DAYS})|tomorrow|tonight|next week|next month|{_IN_A_WHILE}"
_EVENT: Final = re.compile(
    r"\b(?:my|the|a|an|his|her|our)?\s*((?:driving |maths? |final |job |court |bar |blood )?"
    r"(?:exam|test|interview|funeral|appointment|presentation|hearing|wedding|birthday|viva|operation"
    r"|surgery|scan|meeting|"
    r"deadline|flight|audition|assessment|move|match))(?:'s| is| are)?(?: already| only)?\s+"
    rf"({_WHEN})\b"
)
_LONG: Final = re.compile(
    r"\bfor (?:about |over |nearly |almost |the (?:last|past) )?"
    r"((?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|many|\d{1,2}) (?:weeks|months|years))\b"
)


def events(text: str) -> tuple[Event, ...]:
    """Things the person said will happen, and when; weekdays get their capital."""
    out: list[Event] = []
    for what, when in _EVENT.findall(normalise(text)):
        day = re.sub(_DAYS, lambda m: str(m.group()).capitalize(), when)
        out.append(Event(f"the {what}", f"on {day}" if day == day.capitalize() and day.lower() in _DAYS else day))
    return tuple(out)


def durations(text: str) -> tuple[str, ...]:
    """How long something has lasted, in weeks or more: "three months"."""
    return tuple(found for found in _LONG.findall(normalise(text)) if not found.startswith("1 "))
