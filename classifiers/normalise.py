"""A message as the phrase matchers see it, and as the reader does where words were in disguise or misspelt.

Without case, width, diacritics, disguise or invisible characters; words of danger are spelt right (``misspelt.yaml``).

Every character kept remembers where it stood in the original text, so that a match can be shown in the person's words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Words restored from "k*ll", "k i l l", "kiiilll", "ki11". Order decides which one an ambiguous mask means.
_KNOWN: Final = (  # noqa: SIM905 - seventy quoted words would hide the list
    "kill killing killed die dying dead death suicide suicidal cut cutting overdose rape raped murder hang hanging hurt"
    " hurting pills pill myself unalive unaliving want wanna going gonna to my life end ending self harm kms kys jump"
    " blood bleed bleeding hell need feel sleep too off all will shoot shooting hate hit hits stab cant"
).split()
_PUNCT: Final = frozenset(' .,!?;:\n*@$#|-_/()"')
_SPECIAL: Final = {
    **dict.fromkeys("'’‘‛ʼʻʹ′`´׳״ـ़়ᅟᅠㅤ", ""), **dict.fromkeys("。！？؟۔।॥", "!"), **dict.fromkeys("、،؛，", ","),
    **dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n"), **dict.fromkeys("–—―‐‑‒−", "-"), **dict.fromkeys("“”„«»", '"'),
    "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "th", "ё": "е", "ѝ": "и", "ґ": "г",
    "ة": "ه", "ہ": "ه", "ھ": "ه", "ى": "ی", "ي": "ی", "ك": "ک", "ٱ": "ا", "ँ": "ं",
}  # fmt: skip
# Vowel signs that are letters in all but name.
_KEPT_MARKS: Final = re.compile("[\u0900-\u109f\u1780-\u17ff\u3099\u309a]")
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
_STRETCHED: Final = re.compile(
    "|".join("(" + re.sub(r"(.)\1?", lambda m: f"{m[1]}{{{len(m[0])},}}", w) + ")" for w in _KNOWN)
)
# A quick look before the slow one: a digit or mark inside a word, a letter three times, letters apart, other scripts.
_SUSPECT: Final = re.compile(
    r"[a-z][0-9!@$|*#]+[a-z]|(?<!\w)[0-9!@$|*#]+[a-z]{2}|[a-z]{2}[0-9@$|*#]|([a-z])\1\1"
    r"|(?<!\w)[a-z](?:[ .\-_*/]{1,2}[a-z]){2}"
    r"|[^\x00-\x7f\u2010-\u203a\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]",
    re.IGNORECASE,
)
_MISSPELT: Final = yaml.safe_load((resources.files("classifiers") / "misspelt.yaml").read_text("utf-8"))
#: What is meant by each misspelt form, by where it is put right.
RIGHT: Final = {
    where: {form: word for word, forms in words.items() if word != "words" for form in forms}
    for where, words in _MISSPELT.items()
}
_FORMS: Final = re.compile(rf"\b(?:{'|'.join(form for forms in RIGHT.values() for form in forms)})\b")
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
    if not core or (core.isascii() and core.isalpha()):
        return token
    if re.search("[a-z]", core):
        core = core.translate(_LOOKALIKE)
    if "*" in core or "#" in core:
        seen = re.compile(core.replace("*", ".").replace("#", "."))
        core = next((w for w in _KNOWN if seen.fullmatch(w)), core)
    elif not core[0].isdigit() and re.search("[a-z]", core):
        core = next((w for w in _KNOWN if w == core.replace("1", "l")), core.translate(_LEET))
    return core + token[len(core) :]


def _break(run: str, *, at_end: bool) -> str:
    """What a run of separators means: a space, a clause break or a sentence break."""
    if "!" in run or "?" in run or run.count("\n") > 1 or (run.count(".") == 1 and (at_end or run != ".")):
        return " . "
    return " , " if re.search(r"\.\.|[,;:\n()]| -", run) else " "


def _squeeze(match: re.Match[str]) -> tuple[re.Match[str], str, Sequence[int]]:
    """A token with letters said three times or more said once, or twice where the known word it means has two."""
    token = match[0]
    known = _STRETCHED.fullmatch(token)
    word = _KNOWN[(known.lastindex or 1) - 1] if known else ""
    doubled = {a for a, b in pairwise(word) if a == b}
    kept: list[int] = []
    for run in re.finditer(r"(.)\1*", token):
        length = 2 if run[1] in doubled else 1 if len(run[0]) > 2 and not run[1].isdigit() else len(run[0])  # noqa: PLR2004
        kept += range(run.start(), run.start() + min(length, len(run[0])))
    return match, "".join(token[i] for i in kept), kept


def normalise_word(word: str) -> str:
    """What ``normalise`` makes of one word written in one script, and quicker: a lexicon has thousands."""
    if not word.isalpha() or _TRIPLE.search(word):
        return normalise(word)[0]
    return "".join(map(_fold, _CLUSTER.findall(word)))


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

    spelt = ((m, [i for i, c in enumerate(m[0]) if c.isalpha()]) for m in _SPACED.finditer(norm))
    edit((m, "".join(m[0][i] for i in kept), kept) for m, kept in spelt)
    edit((m, b := _break(m[0], at_end=m.end() == len(norm)), [0] * len(b)) for m in _SEPARATORS.finditer(norm))
    edit((m, "", ()) for m in _IDEOGRAPHS_APART.finditer(norm))
    if _TRIPLE.search(norm):
        edit(_squeeze(m) for m in re.finditer("[^ ]+", norm) if _TRIPLE.search(m[0]))
    edit(_spelt_right(norm))
    return norm, tuple(offsets)


def _spelt_right(norm: str) -> Iterator[tuple[re.Match[str], str, Sequence[int]]]:
    """Misspelt words of danger, each with the word that is meant."""
    found = list(re.finditer("[^ ]+", norm))
    words = [RIGHT["anywhere"].get(match[0], match[0]) for match in found]
    for at, (match, word) in enumerate(zip(found, words, strict=True)):
        if words[at + 1 : at + 2] and words[at + 1] in _MISSPELT["before"]["words"]:
            word = RIGHT["before"].get(word, word)  # noqa: PLW2901
        if at and words[at - 1] in _MISSPELT["after"]["words"]:
            word = RIGHT["after"].get(word, word)  # noqa: PLW2901
        if word != match[0]:
            yield match, word, [min(i, len(match[0]) - 1) for i in range(len(word))]


def undisguised(text: str) -> str | None:
    """The message with "k1ll", "k i l l", "kiiill" and "kil myself" written plainly; None when all of it is plain."""
    if not _SUSPECT.search(text) and not _FORMS.search(text.casefold()):
        return None
    folded = "".join(f for c in _CLUSTER.findall(text) for f in _fold(c))
    plain, _ = normalise(text)
    if _SEPARATORS.sub(" ", folded).split() == [word for word in plain.split(" ") if word not in {"", ".", ","}]:
        return None
    return plain.replace(" .", ".").replace(" ,", ",").strip()
