"""The risk lexicon: which words in a message speak of danger, and in what frame.

One signal of several and never the only one: it is fast, deterministic and can show its words. Phrases live in
``data/lexicon/*.yaml``, one file per language, all searched at once because people mix languages.

Phrase syntax: words, ``(a|b c|)`` alternatives (an empty one makes it optional), ``kill*`` any ending, ``~`` up to
three words in between, ``#`` a number, ``##`` a year, ``<NAME>`` a macro of the same file. In files with a ``script``
(no reliable spaces) a phrase is a substring, a space is optional and ``~`` is up to eight characters. Words listed as
``fillers`` ("just", "really") may stand between any two words. ``strict`` files (Vietnamese) accept words without any
marks, but not words whose marks make them a different word. Frame marks count for cues of their own language alone.
"""

from __future__ import annotations

import hashlib
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from agent.safety.phrases import Entry, Hit, Phrasebook, Source
from classifiers.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

__all__ = ["DOMAINS", "FRAMES", "TIERS", "Cue", "Lexicon", "normalise"]

TIERS: Final = ("low", "moderate", "high", "imminent")
DOMAINS: Final = (
    "suicide", "self_harm", "harm_to_others", "abuse", "child_safety", "eating_disorder", "psychosis_mania",
    "substance_overdose", "medical_emergency",
)  # fmt: skip
FRAMES: Final = ("hypothetical", "other", "negated", "past")  # the first that fits is reported
_MARKS: Final = (*FRAMES, "dated", "present", "contrast", "keep", "self")  # what a file may list under `frames`
_ABOUT_OTHERS_TOO: Final = {"abuse", "child_safety", "medical_emergency"}  # "he hits me": the subject is never a frame
_WINDOW: Final = 240  # normalised characters looked at on each side of a cue; keeps framing linear
_WORD: Final = 8  # characters a word has at most, on average, in a gap between a frame word and its cue


@dataclass(frozen=True, slots=True)
class Cue:
    """One entry found in a message. ``start`` and ``end`` index the original text, and ``words`` is that slice."""

    entry: str
    tier: str  # what the entry claims when it is about the writer, now
    domain: str
    words: str
    start: int
    end: int
    frame: str  # now | past | other | negated | hypothetical


class Lexicon:
    """All languages, compiled once. Immutable after loading, so one may be shared between threads."""

    def __init__(
        self, documents: Mapping[str, Mapping[str, Any]], version: str, domains: Collection[str] = DOMAINS
    ) -> None:
        """Compile parsed files (language to content); ``load`` is the usual way in. Raises ValueError if one is bad.

        ``domains`` are the names an entry may be filed under; another book of cues has others.
        """
        self.version = version
        fillers = frozenset(normalise(w)[0] for doc in documents.values() for w in doc.get("fillers", ()))
        self._phrases = Phrasebook((s for name, doc in documents.items() for s in _read(name, doc, domains)), fillers)

    @classmethod
    def load(cls, folder: Path | None = None) -> Lexicon:
        """Read every ``*.yaml`` of a folder, or the packaged data. Raises OSError or ValueError: no half lexicon."""
        place: Traversable = folder or resources.files(__package__ or "agent.safety") / "data" / "lexicon"
        files = sorted((f for f in place.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
        raw = {f.name: f.read_bytes() for f in files}
        if not raw:
            raise ValueError(f"no lexicon in {place}")
        digest = hashlib.sha256(b"\0".join(name.encode() + b"\0" + data for name, data in raw.items())).hexdigest()
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is ten times as fast, where it was built
        return cls({n.removesuffix(".yaml"): yaml.load(d, loader) for n, d in raw.items()}, digest[:12])  # noqa: S506

    def cues(self, text: str) -> tuple[Cue, ...]:
        """Every entry found in ``text``, in order, each with its words and frame. Time grows linearly with the text."""
        norm, offsets = normalise(text)
        hits = sorted(set(self._phrases.find(norm, offsets, text)), key=lambda h: (h.start, -h.end, h.entry.id))
        idioms = [h for h in hits if h.entry.kind == "idiom"]
        marks = [h for h in hits if h.entry.kind not in {"idiom", "cue"}]
        out: list[Cue] = []
        for hit in hits:
            if hit.entry.kind != "cue" or any(h.end > hit.start for h in _near(idioms, hit.start, hit.end)):
                continue
            start, end = offsets[hit.start], offsets[hit.end - 1] + 1
            while end < len(text) and unicodedata.category(text[end])[0] == "M":
                end += 1
            own = [m for m in _near(marks, hit.start, hit.end + _WINDOW) if m.entry.language == hit.entry.language]
            frame = _frame(norm, hit, own)
            cue = Cue(hit.entry.id, hit.entry.tier, hit.entry.domain, text[start:end], start, end, frame)
            if not any(_says_as_much(before, cue) for before in out[-6:]):
                out.append(cue)
        return tuple(out)


def _read(language: str, doc: Mapping[str, Any], domains: Collection[str]) -> Iterator[Source]:
    """Each phrase of a file with what it stands for."""
    script, strict = str(doc.get("script", "")), bool(doc.get("strict"))
    for entry, written in _entries(language, doc, domains):
        phrase = written
        for name, value in doc.get("macros", {}).items():
            phrase = phrase.replace(f"<{name}>", value)
        yield Source(entry, phrase, script, strict)


def _entries(language: str, doc: Mapping[str, Any], domains: Collection[str]) -> Iterator[tuple[Entry, str]]:
    yield from ((Entry("idiom", language), phrase) for phrase in doc.get("idioms", ()))
    for kind, phrases in doc.get("frames", {}).items():
        if kind not in _MARKS:
            raise ValueError(f"{language}: unknown frame mark {kind!r}")
        yield from ((Entry(kind, language), phrase) for phrase in phrases)
    ids: set[str] = set()
    for raw in doc["entries"]:
        name, tier, domain = f"{language}.{raw['id']}", raw["tier"], raw["domain"]
        frames = frozenset(raw.get("frames", FRAMES))
        always = raw.get("always", "")
        if tier not in TIERS or domain not in domains or name in ids or not frames | {always or "past"} <= set(FRAMES):
            raise ValueError(f"{name}: bad tier, domain or frames, or an id used twice")
        ids.add(name)
        allowed = frames - {"other"} if domain in _ABOUT_OTHERS_TOO else frames
        entry = Entry("cue", language, name, tier, domain, allowed, always, dense="script" in doc)
        yield from ((entry, phrase) for phrase in ([raw["match"]] if isinstance(raw["match"], str) else raw["match"]))


def _near(hits: Sequence[Hit], start: int, end: int) -> Sequence[Hit]:
    """The hits that begin between ``start`` less the window and ``end``. ``hits`` are sorted by start."""
    first = bisect_left(hits, start - _WINDOW, key=lambda h: h.start)
    return hits[first : bisect_right(hits, end - 1, key=lambda h: h.start)]


def _says_as_much(before: Cue, cue: Cue) -> bool:
    inside = before.start <= cue.start and cue.end <= before.end and before.domain == cue.domain
    return inside and before.frame == cue.frame and TIERS.index(before.tier) >= TIERS.index(cue.tier)


def _frame(norm: str, hit: Hit, marks: Sequence[Hit]) -> str:
    """The frame words near by put on a cue: only in its own sentence, and up to a contrast such as "but"."""
    if hit.entry.always:
        return hit.entry.always
    turns = [m for m in marks if m.entry.kind == "contrast"]
    stops = [norm.rfind(".", max(0, hit.start - _WINDOW), hit.start), *(m.start for m in turns if m.end <= hit.start)]
    full_stop = norm.find(".", hit.end, hit.end + _WINDOW)
    last = full_stop if full_stop >= 0 else hit.end + _WINDOW
    low, high = max(stops), min([last, *(m.start for m in turns if m.start >= hit.end)])
    around = [m for m in marks if m.start >= low and m.end <= high]

    def close(kind: str, words: int) -> list[Hit]:
        """The marks of a kind before the cue, in its clause, with so many words between at most."""
        before = [(m, norm[m.end : hit.start]) for m in around if m.entry.kind == kind and m.end <= hit.start]
        room = 2 * words if hit.entry.dense else _WORD * (words + 1)
        return [m for m, gap in before if "," not in gap and gap.count(" ") <= words + 1 and len(gap) <= room]

    kinds = {m.entry.kind for m in around}
    selves = [m.start for m in around if m.entry.kind == "self" and m.start <= hit.start]
    kept = [m for m in around if m.entry.kind == "keep"]
    fits = {
        "hypothetical": "hypothetical" in kinds,
        "other": any(not any(s >= m.end for s in selves) for m in close("other", 6)),
        "negated": any(not any(k.start < m.end and m.start < k.end for k in kept) for m in close("negated", 1)),
        "past": "present" not in kinds and ("dated" in kinds or bool(close("past", 4))),
    }
    if hit.entry.tier == "imminent":  # an act under way is never framed away, unless the sentence dates it elsewhere
        return "past" if "dated" in kinds and fits["past"] and not kept else "now"
    return next((f for f in FRAMES if f in hit.entry.frames and fits[f]), "now")
