"""Cut a reply where it is released, and take markup off it. Pure text, no model."""

import re
import unicodedata
from typing import Final

_STOPS: Final = ".!?…。！？．।॥؟۔‼⁇⁈⁉"
_WIDE: Final = "。！？।॥؟۔"  # scripts that end a sentence without a space
_END: Final = re.compile(rf"[{_STOPS}]+(?P<close>[\"'”’»)\]」』*_]*)(?P<space>\s*)|\s*\n\s*")
_PICTURES: Final = re.compile(
    r"(?:[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\u200d\ufe0f]+\s*)+|(?:[:;]-?[)(DP](?!\w)\s*)+",
)
_NEVER_ENDS: Final = frozenset(
    {"dr", "mr", "mrs", "ms", "mx", "prof", "st", "e.g", "i.e", "eg", "ie", "vs", "cf", "approx", "fig"}
)
_SELDOM_ENDS: Final = frozenset(
    {"a.m", "p.m", "etc", "u.s", "u.k", "inc", "jr", "sr", "no"}
)  # unless a capital follows
_WORD: Final = re.compile(r"[\w.]*\w$")
_LOOKED_BACK: Final = 12  # characters; longer words are no abbreviation
_NUMBER_DIGITS: Final = 2

_LINE_MARK: Final = re.compile(r"^[ \t]*(?:(?:#{1,6}|[-*+•–—]|>|\d{1,2}[.)])[ \t]+|>)+", re.MULTILINE)
_RULE_LINE: Final = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$\n?", re.MULTILINE)
_EMPHASIS: Final = re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|`{1,3}|~~)(?=\S)([^\n]*?\S)\1(?!\w)")
_QUOTES: Final = {'"': '"', "“": "”", "«": "»", "'": "'", "‘": "’"}


def split(text: str) -> tuple[str, ...]:
    """Cut into sentences. ``"".join(split(text)) == text``; white space stays at the end of a part."""
    parts, start, at = list[str](), 0, 0
    while (end := _END.search(text, at)) is not None:
        at = end.end()
        if end["close"] is not None:  # a stop, not a line break
            pictures = _PICTURES.match(text, at)
            at = pictures.end() if pictures else at
        if at < len(text) and text[start:at].strip() and _ends(text, start, end, at):
            parts.append(text[start:at])
            start = at
    return (*parts, text[start:]) if start < len(text) else tuple(parts)


def _ends(text: str, start: int, end: re.Match[str], at: int) -> bool:
    """Whether the match closes a sentence that began at ``start``; the next one would begin at ``at``."""
    if end["close"] is None:
        return True
    if not end["space"] and at == end.end():
        return end[0].rstrip("\"'”’»)]」』*_")[-1:] in tuple(_WIDE)
    following = text[at]
    stop = end[0].strip()
    lower = following.islower() and "\n" not in end["space"]
    if lower and (end["close"].strip("*_") or "…" in stop or ".." in stop):
        return False  # "Stop!" she said, and well... perhaps
    if not stop.startswith(".") or len(stop.rstrip("\"'”’»)]*_")) > 1:
        return True
    before = text[max(start, end.start() - _LOOKED_BACK) : end.start()]
    word = _WORD.search(before)
    name = word[0].lower() if word else ""
    initial = len(name) == 1 and before[-1:].isupper() and name != "i"
    item = name.isdigit() and len(name) <= _NUMBER_DIGITS and not text[start : end.start() - len(name)].strip()
    return not (name in _NEVER_ENDS or initial or item or (name in _SELDOM_ENDS and lower))


def clean_markup(text: str) -> str:
    """Take off headings, list marks, emphasis, rules and quotation marks around the whole. Twice is as once."""
    while (cleaner := _cleaned_once(text)) != text:
        text = cleaner
    return text


def _cleaned_once(text: str) -> str:
    text = _EMPHASIS.sub(r"\2", _LINE_MARK.sub("", _RULE_LINE.sub("", text))).strip()
    inner = text[1:-1]
    whole = len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and not {text[0], text[-1]} & set(inner)
    return inner.strip() if whole else text


def is_blank(text: str) -> bool:
    """Whether there is nothing in it that a person could read: spaces, marks and invisible characters only."""
    return not any(unicodedata.category(c)[0] in "LNS" for c in text)
