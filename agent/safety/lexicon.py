"""The risk lexicon: which words in a message speak of danger, and in what frame.

One signal of several and never the only one: it is fast, deterministic and can show its words. Phrases live in
``data/lexicon/*.yaml``, one file per language, all searched at once because people mix languages.

Phrase syntax: words, ``(a|b c|)`` alternatives (an empty one makes it optional), ``kill*`` any ending, ``~`` up to three
words in between, ``#`` a number, ``##`` a year, ``<NAME>`` a macro of the same file. In files with a ``script`` (no
reliable spaces) a phrase is a substring, a space is optional and ``~`` is up to eight characters. Words listed as
``fillers`` ("just", "really") may stand between any two words. ``strict`` files (Vietnamese) accept words without any
marks, but not words whose marks make them a different word.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

TIERS: Final = ("low", "moderate", "high", "imminent")
DOMAINS: Final = (
    "suicide", "self_harm", "harm_to_others", "abuse", "child_safety", "eating_disorder", "psychosis_mania",
    "substance_overdose", "medical_emergency",
)  # fmt: skip
FRAMES: Final = ("hypothetical", "other", "negated", "past")  # the first that fits is reported
_MARKS: Final = (*FRAMES, "dated", "present", "contrast", "keep", "self")  # what a file may list under `frames`
_ABOUT_OTHERS_TOO: Final = {"abuse", "child_safety", "medical_emergency"}  # "he hits me": the subject is never a frame
_WINDOW: Final = 240  # normalised characters looked at on each side of a cue; keeps framing linear
_SKIPS: Final = 4  # fillers or commas that may stand between two words

# Words restored from "k*ll", "k i l l", "kiiilll", "ki11". Order decides which one an ambiguous mask means.
_KNOWN: Final = (
    "kill killing killed die dying dead death suicide suicidal cut cutting overdose rape raped murder hang hanging hurt"
    " hurting pills pill myself unalive unaliving want wanna going gonna to my life end ending self harm kms kys jump"
    " blood bleed bleeding hell need feel sleep too off all will shoot shooting hate hit hits stab cant"
).split()
_PUNCT: Final = frozenset(" .,!?;:\n*@$#|-_/()\"")
_SPECIAL: Final = {
    **dict.fromkeys("'’‘‛ʼʻʹ′`´׳״ـ़়ᅟᅠㅤ", ""), **dict.fromkeys("。！？؟۔।॥", "!"), **dict.fromkeys("、،؛，", ","),
    **dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n"), **dict.fromkeys("–—―‐‑‒−", "-"), **dict.fromkeys("“”„«»", '"'),
    "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "th", "ё": "е", "ѝ": "и", "ґ": "г",
    "ة": "ه", "ہ": "ه", "ھ": "ه", "ى": "ی", "ي": "ی", "ك": "ک", "ٱ": "ا", "ँ": "ं",
}  # fmt: skip
_KEPT_MARKS: Final = re.compile("[\u0900-\u109f\u1780-\u17ff\u3099\u309a]")  # vowel signs that are letters in all but name
_BASES: Final = re.compile("[\u0000-\u03ff\u0590-\u06ff\u0750-\u077f\u1e00-\u1fff]")  # Latin, Greek, Hebrew, Arabic
_CLUSTER: Final = re.compile("[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|.[\u0306\u0308\u3099\u309a]|.", re.DOTALL)
_LOOKALIKE: Final = str.maketrans("асеіоӏрѕухкмнтвгѵαεικοντυχ", "aceiolpsyxkmhtbrvaeikovtux")
_LEET: Final = str.maketrans("1!|34@5$07", "iiieaassot")
_LEET_TOKEN: Final = re.compile(r"[^\W_](?:[^\W_]|[!@$*#|])*|[@$](?:[^\W_]|[!@$*#|])+")
_GAP: Final = r"[ .\-_*/]{1,2}"
_SPACED: Final = re.compile(
    r"(?<![^\W_])(?=[a-z][ .\-_*/])(?:"
    + "|".join(_GAP.join(w) for w in sorted(_KNOWN, key=len, reverse=True))
    + r")(?![^\W_])",
)
_SEPARATORS: Final = re.compile(r"[ .,!?;:\n*@$#|\-_/()\"]+")
_TRIPLE: Final = re.compile(r"([^\d ])\1\1")
_STRETCHED: Final = re.compile("|".join("(" + re.sub(r"(.)\1?", lambda m: f"{m[1]}{{{len(m[0])},}}", w) + ")" for w in _KNOWN))
_IDEOGRAPHS_APART: Final = re.compile("(?<=[\u3040-\u30ff\u3400-\u9fff]) +(?=[\u3040-\u30ff\u3400-\u9fff])")


@lru_cache(maxsize=8192)
def _fold(cluster: str) -> str:
    """One character (with its composing marks) without case, width, diacritics; "" when it is invisible."""
    out: list[str] = []
    for char in unicodedata.normalize("NFKC", cluster).casefold():
        special = _SPECIAL.get(char)
        kind = unicodedata.category(char)
        if special is not None:
            out.append(special)
        elif kind[0] == "L":
            base = unicodedata.normalize("NFD", char)[0]
            out.append(_SPECIAL.get(base, base) if _BASES.match(base) else char)
        elif kind[0] == "M":
            out.append(char if _KEPT_MARKS.match(char) else "")
        elif kind[0] == "N":
            out.append(str(unicodedata.digit(char, char)))
        elif kind != "Cf":
            out.append(char if char in _PUNCT else " ")
    return "".join(out)


def _plain_spelling(match: re.Match[str]) -> str:
    """The token with leet, censoring stars and look-alike letters undone, at the same length."""
    token = match[0]
    core = token.rstrip("!*@$#|")
    if core.isascii() and core.isalpha():
        return token
    if re.search("[a-z]", core):
        core = core.translate(_LOOKALIKE)
    if "*" in core or "#" in core:
        fits = (w for w in _KNOWN if len(w) == len(core) and all(a in (b, "*", "#") for a, b in zip(core, w, strict=True)))
        core = next(fits, core)
    elif not core[0].isdigit() and re.search("[a-z]", core):
        core = next((w for w in _KNOWN if w == core.replace("1", "l")), core.translate(_LEET))
    return core + token[len(core) :]


def _break(run: str, *, at_end: bool) -> str:
    """What a run of separators means: a space, a clause break or a sentence break."""
    if "!" in run or "?" in run or run.count("\n") > 1 or (run.count(".") == 1 and (at_end or run != ".")):
        return " . "
    return " , " if re.search(r"\.\.|[,;:\n()]| -", run) else " "


def normalise(text: str) -> tuple[str, tuple[int, ...]]:
    """Return the folded text and, for each of its characters, the index in ``text`` it came from.

    Words are separated by one space; " , " is a clause break and " . " a sentence break. Never raises, for any string.
    """
    pairs = [(c, m.start()) for m in _CLUSTER.finditer(text) for c in _fold(m[0])]
    offsets = [i for _, i in pairs]
    norm = _LEET_TOKEN.sub(_plain_spelling, "".join(c for c, _ in pairs))

    def edit(matches: Iterable[tuple[re.Match[str], str, Sequence[int]]]) -> None:
        nonlocal norm, offsets
        out, places, last = [], list[int](), 0
        for match, new, kept in matches:
            out += [norm[last : match.start()], new]
            places += offsets[last : match.start()]
            places += [offsets[match.start() + i] for i in kept]
            last = match.end()
        norm, offsets = "".join(out) + norm[last:], places + offsets[last:]

    def squeeze(match: re.Match[str]) -> tuple[re.Match[str], str, Sequence[int]]:
        known = _STRETCHED.fullmatch(match[0])
        doubled = {a for a, b in zip(w, w[1:], strict=False) if a == b} if known and (w := _KNOWN[(known.lastindex or 1) - 1]) else ()
        runs = [(m.start(), len(m[0])) for m in re.finditer(r"(.)\1*", match[0])]
        kept = [a + i for a, n in runs for i in range(2 if match[0][a] in doubled else 1 if n > 2 and not match[0][a].isdigit() else n)]
        return match, "".join(match[0][i] for i in kept), kept

    edit((m, re.sub(r"[ .\-_*/]", "", m[0]), [i for i, c in enumerate(m[0]) if c.isalpha()]) for m in _SPACED.finditer(norm))
    edit((m, b := _break(m[0], at_end=m.end() == len(norm)), [0] * len(b)) for m in _SEPARATORS.finditer(norm))
    edit((m, "", ()) for m in _IDEOGRAPHS_APART.finditer(norm))
    if _TRIPLE.search(norm):
        edit(squeeze(m) for m in re.finditer("[^ ]+", norm) if _TRIPLE.search(m[0]))
    return norm, tuple(offsets)


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


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a phrase stands for: a risk entry, an idiom (kind "idiom"), or a frame mark."""

    kind: str
    id: str = ""
    tier: str = ""
    domain: str = ""
    frames: frozenset[str] = frozenset()  # the frames that may be put on it
    always: str = ""  # the frame it has by its own words


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    entry: _Entry


@dataclass(frozen=True, slots=True)
class _Part:
    """One place in a phrase: any of its runs of words. A word may be a stem ("kill*"), a number or a year."""

    words: frozenset[str]  # the plain one-word runs, kept apart because they are most
    runs: tuple[tuple[str, ...], ...]
    optional: bool

    def ends(self, tokens: Sequence[str], at: int, way: int) -> Iterator[int]:
        """The last token of each run that begins at ``at``, reading in direction ``way``."""
        if tokens[at] in self.words:
            yield at
        for run in self.runs:
            last = at + way * (len(run) - 1)
            if 0 <= last < len(tokens) and all(map(_same, run[::way], tokens[at : last + 1] if way > 0 else tokens[last : at + 1][::-1])):
                yield last


_Steps = tuple[tuple[_Part, int], ...]  # parts to find one after another, each with the words allowed before it


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase around its rarest part: tokens are looked up by that part, then followed both ways."""

    entry: _Entry
    anchor: _Part
    left: _Steps
    right: _Steps
    marked: frozenset[str]  # words as written, in a strict file

    def find(self, tokens: Sequence[str], at: int, fillers: frozenset[str]) -> tuple[int, int] | None:
        """First and last token of the phrase whose anchor begins at ``at``."""
        first = _reach(tokens, at, self.left, -1, fillers)
        ends = (_reach(tokens, end, self.right, 1, fillers) for end in self.anchor.ends(tokens, at, 1))
        last = next((e for e in ends if e is not None), None) if first is not None else None
        return None if first is None or last is None else (first, last)


def _same(word: str, token: str) -> bool:
    if word[-1] == "*":
        return token.startswith(word[:-1])
    return word == token or (word == "#" and token[0].isdigit()) or (word == "##" and re.fullmatch(r"(19|20)\d\d", token) is not None)


def _reach(tokens: Sequence[str], start: int, steps: _Steps, way: int, fillers: frozenset[str], more: int = 0) -> int | None:  # noqa: PLR0913
    """The token where ``steps`` end when followed from ``start`` in direction ``way`` within the sentence, or None."""
    if not steps:
        return start
    (part, gap), skips, at = steps[0], _SKIPS, start + way
    slack = gap + more
    while 0 <= at < len(tokens) and tokens[at] != ".":
        for last in part.ends(tokens, at, way):
            if (end := _reach(tokens, last, steps[1:], way, fillers)) is not None:
                return end
        if skips and (tokens[at] == "," or tokens[at] in fillers):
            skips -= 1
        elif slack:
            slack -= 1
        else:
            break
        at += way
    return _reach(tokens, start, steps[1:], way, fillers, gap + more) if part.optional else None


def _parts(phrase: str) -> list[tuple[_Part, int]]:
    """A phrase as parts, each with the number of free words allowed before it."""
    found: list[tuple[_Part, int]] = []
    gap = 0
    for slot in re.findall(r"\([^)]*\)|[^\s()]+", phrase):
        if slot == "~":
            gap += 3
            continue
        options = [[_fold_word(w) for w in option.split()] for option in slot.strip("()").split("|")]
        plain = frozenset(o[0] for o in options if len(o) == 1 and o[0][-1] not in "*#")
        part = _Part(plain, tuple(tuple(o) for o in options if o and o[0] not in plain or len(o) > 1), [] in options)
        found.append((part, gap))
        gap = 0
    return found


def _fold_word(word: str) -> str:
    return word if word in {"#", "##"} else normalise(word.rstrip("*"))[0] + "*" * word.endswith("*")


class Lexicon:
    """All languages, compiled once. Immutable after loading, so one may be shared between threads."""

    def __init__(self, documents: Mapping[str, Mapping[str, Any]], version: str) -> None:
        """Compile parsed files (language to content); ``load`` is the usual way in. Raises ValueError for a bad entry."""
        self.version = version
        self._fillers = frozenset(normalise(w)[0] for doc in documents.values() for w in doc.get("fillers", ()))
        self._scripts: dict[str, list[tuple[re.Pattern[str], _Entry]]] = {}
        phrases: list[tuple[_Entry, list[tuple[_Part, int]], frozenset[str]]] = []
        for language, doc in documents.items():
            for entry, phrase in _read(language, doc):
                for name, value in doc.get("macros", {}).items():
                    phrase = phrase.replace(f"<{name}>", value)  # noqa: PLW2901
                if "script" in doc:
                    self._scripts.setdefault(doc["script"], []).append((_substring(phrase), entry))
                else:
                    marked = re.findall(r"[^\s()|*~]+", phrase.lower()) if doc.get("strict") else ()
                    phrases.append((entry, _parts(phrase), frozenset(marked)))
        self._phrases: dict[str, list[_Phrase]] = {}
        common = Counter(w for _, parts, _ in phrases for p, _ in parts for w in _first_words(p))
        for entry, parts, marked in phrases:
            costs = [sum(common[w] + 999 * ("#" in w) for w in _first_words(p)) + 10**6 * p.optional for p, _ in parts]
            at = costs.index(min(costs))
            left = tuple((parts[i][0], parts[i + 1][1]) for i in range(at - 1, -1, -1))
            for word in _first_words(parts[at][0]):
                self._phrases.setdefault(word, []).append(_Phrase(entry, parts[at][0], left, tuple(parts[at + 1 :]), marked))
        self._stems = sorted({len(w) - 1 for w in self._phrases if w[-1] == "*"})

    @classmethod
    def load(cls, folder: Path | None = None) -> Lexicon:
        """Read every ``*.yaml`` of a folder, or the packaged data. Raises OSError or ValueError: no half lexicon."""
        place: Traversable = folder or resources.files(__package__ or "agent.safety") / "data" / "lexicon"
        raw = {f.name: f.read_bytes() for f in sorted(place.iterdir(), key=lambda f: f.name) if f.name.endswith(".yaml")}
        if not raw:
            raise ValueError(f"no lexicon in {place}")
        digest = hashlib.sha256(b"\0".join(name.encode() + b"\0" + data for name, data in raw.items())).hexdigest()
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is ten times as fast, where it was built
        return cls({n.removesuffix(".yaml"): yaml.load(d, loader) for n, d in raw.items()}, digest[:12])  # noqa: S506

    def cues(self, text: str) -> tuple[Cue, ...]:
        """Every entry found in ``text``, in order, each with its words and frame. Time grows linearly with the text."""
        norm, offsets = normalise(text)
        hits = sorted(set(self._hits(norm, offsets, text)), key=lambda h: (h.start, -h.end, h.entry.id))
        idioms = [h for h in hits if h.entry.kind == "idiom"]
        marks = [h for h in hits if h.entry.kind not in {"idiom", "cue"}]
        out: list[Cue] = []
        for hit in hits:
            if hit.entry.kind != "cue" or any(h.end > hit.start for h in _near(idioms, hit.start, hit.end)):
                continue
            start, end = offsets[hit.start], offsets[hit.end - 1] + 1
            while end < len(text) and unicodedata.category(text[end])[0] == "M":
                end += 1
            frame = _frame(norm, hit, _near(marks, hit.start, hit.end + _WINDOW))
            cue = Cue(hit.entry.id, hit.entry.tier, hit.entry.domain, text[start:end], start, end, frame)
            if not any(_says_as_much(before, cue) for before in out[-6:]):
                out.append(cue)
        return tuple(out)

    def _hits(self, norm: str, offsets: Sequence[int], text: str) -> Iterator[_Hit]:
        spans = [m.span() for m in re.finditer("[^ ]+", norm)]
        tokens = [norm[a:b] for a, b in spans]
        for at, token in enumerate(tokens):
            keys = [token, *(token[:n] + "*" for n in self._stems if n <= len(token)), *(("#", "##") if token[0].isdigit() else ())]
            for phrase in (p for key in keys for p in self._phrases.get(key, ())):
                if (found := phrase.find(tokens, at, self._fillers)) is None:
                    continue
                start, end = spans[found[0]][0], spans[found[1]][1]
                if not phrase.marked or _same_words(text[offsets[start] : offsets[end - 1] + 1], phrase.marked):
                    yield _Hit(start, end, phrase.entry)
        for script, patterns in self._scripts.items():
            if re.search(script, norm):
                yield from (_Hit(*m.span(), e) for pattern, e in patterns for m in pattern.finditer(norm))


def _first_words(part: _Part) -> set[str]:
    return {*part.words, *(run[0] for run in part.runs)}


def _substring(phrase: str) -> re.Pattern[str]:
    """A phrase of a script without reliable spaces."""
    syntax = {"(": "(?:", ")": ")", "|": "|", "~": "[^.]{0,8}?"}
    pieces = re.findall(r"[()|~]|\s+|[^\s()|~]+", phrase)
    return re.compile("".join(syntax.get(p) or (re.escape(normalise(p)[0]) if p.strip() else " ?(?:, )?") for p in pieces))


def _read(language: str, doc: Mapping[str, Any]) -> Iterator[tuple[_Entry, str]]:
    """Each phrase of a file with what it stands for."""
    yield from ((_Entry("idiom"), phrase) for phrase in doc.get("idioms", ()))
    for kind, phrases in doc.get("frames", {}).items():
        if kind not in _MARKS:
            raise ValueError(f"{language}: unknown frame mark {kind!r}")
        yield from ((_Entry(kind), phrase) for phrase in phrases)
    ids: set[str] = set()
    for raw in doc["entries"]:
        name, tier, domain = f"{language}.{raw['id']}", raw["tier"], raw["domain"]
        frames = frozenset(raw.get("frames", FRAMES))
        if tier not in TIERS or domain not in DOMAINS or name in ids or not frames | {raw.get("always", "past")} <= set(FRAMES):
            raise ValueError(f"{name}: bad tier, domain or frames, or an id used twice")
        ids.add(name)
        allowed = frames - {"other"} if domain in _ABOUT_OTHERS_TOO else frames
        entry = _Entry("cue", name, tier, domain, allowed, raw.get("always", ""))
        yield from ((entry, phrase) for phrase in ([raw["match"]] if isinstance(raw["match"], str) else raw["match"]))


def _same_words(written: str, marked: frozenset[str]) -> bool:
    """Whether no word's marks turn it into another word than the phrase has. Words typed without marks pass."""
    plain = {normalise(w)[0] for w in marked}
    words = unicodedata.normalize("NFC", written).lower().split()
    return all(w.isascii() or w in marked or normalise(w)[0] not in plain for w in words)


def _near(hits: Sequence[_Hit], start: int, end: int) -> Sequence[_Hit]:
    """The hits that begin between ``start`` less the window and ``end``. ``hits`` are sorted by start."""
    return hits[bisect_left(hits, start - _WINDOW, key=lambda h: h.start) : bisect_right(hits, end - 1, key=lambda h: h.start)]


def _says_as_much(before: Cue, cue: Cue) -> bool:
    inside = before.start <= cue.start and cue.end <= before.end and before.domain == cue.domain
    return inside and before.frame == cue.frame and TIERS.index(before.tier) >= TIERS.index(cue.tier)


def _frame(norm: str, hit: _Hit, marks: Sequence[_Hit]) -> str:
    """The frame words near by put on a cue: only in its own sentence, and up to a contrast such as "but"."""
    if hit.entry.always:
        return hit.entry.always
    turns = [m for m in marks if m.entry.kind == "contrast"]
    low = max([norm.rfind(".", max(0, hit.start - _WINDOW), hit.start), *(m.start for m in turns if m.end <= hit.start)])
    full_stop = norm.find(".", hit.end, hit.end + _WINDOW)
    high = min([full_stop if full_stop >= 0 else hit.end + _WINDOW, *(m.start for m in turns if m.start >= hit.end)])
    around = [m for m in marks if m.start >= low and m.end <= high]
    before = [(m, norm[m.end : hit.start]) for m in around if m.end <= hit.start]

    def close(kind: str, words: int) -> list[tuple[int, int]]:
        return [
            (m.start, m.end) for m, gap in before
            if m.entry.kind == kind and "," not in gap and gap.count(" ") <= words + 1 and len(gap) <= 8 * (words + 1)
        ]  # fmt: skip

    kinds = {m.entry.kind for m in around}
    selves = [m.start for m in around if m.entry.kind == "self" and m.start <= hit.start]
    kept = [m for m in around if m.entry.kind == "keep"]
    fits = {
        "hypothetical": "hypothetical" in kinds,
        "other": any(not any(s >= end for s in selves) for _, end in close("other", 6)),
        "negated": any(not any(k.start < e and s < k.end for k in kept) for s, e in close("negated", 1)),
        "past": "present" not in kinds and ("dated" in kinds or bool(close("past", 4))),
    }
    if hit.entry.tier == "imminent":  # an act under way is never framed away, unless the sentence dates it to another time
        return "past" if "dated" in kinds and fits["past"] and not kept else "now"
    return next((f for f in FRAMES if f in hit.entry.frames and fits[f]), "now")
