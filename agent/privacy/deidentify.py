"""Takes what tells a person apart out of a message, by rules, and marks everything that the rules are not sure of.

What is certain becomes a placeholder such as ``[name]``. What is left stands only if it is on a list of common English
words (``data/common_words.txt``, made by ``classifiers/train/common_words.py``). Every other word, and a common word in
capitals where none belongs, is put between marks for a supervisor to change, remove or let stand. So a name that no
rule knows is marked and does not slip through; much of a message in another language is marked too.

No rule sees a name that is a common word in small letters, nor a story that only one person could tell. That is what
the supervisor reads for. Presidio was looked at and left out: it needs a language model of some hundred megabytes for
names, knows one language at a time, and lets pass what it does not know, where this marks it.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Final

from agent.domain.lesson import UNSURE
from classifiers.entities import entities

OPEN, CLOSE = UNSURE
PLACEHOLDERS: Final = ("[email]", "[link]", "[handle]", "[date]", "[place]", "[number]", "[name]")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_DIGIT = r"(?:\d|zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_SITE = r"(?:snap(?:chat)?|insta(?:gram)?|ig|discord|tik ?tok|telegram|whats ?app|kik|steam|user ?name|gamer ?tag)"
_TOP = r"(?:com|org|net|uk|io|me|gg|tv|edu|gov|info|app|de|fr|es|in)"
_STREET = r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|close|court|crescent|way|terrace|place|square|boulevard|blvd)"

#: In this order; what an earlier one took, a later one does not see.
_RULES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("[email]", r"[^\s@<>()]+@[^\s@<>()]+\.[^\W\d_]{2,}"),
        ("[email]", r"[\w.+-]+ ?(?:[(\[]at[)\]]|(?<= )at(?= )) ?[\w-]+ ?(?:[(\[]dot[)\]]|(?<= )dot(?= )) ?\w{2,}"),
        ("[link]", r"(?:https?://|www\.)\S+"),
        (
            "[link]",
            rf"(?<!\w)[\w-]+(?:\.[\w-]+)*\.{_TOP}(?:/\S*)?(?!\w)",
        ),
        ("[handle]", r"(?<!\w)[@#][\w.-]+"),
        ("[handle]", r"\w[\w.]*#\d{3,}"),
        ("[handle]", rf"(?<=\b){_SITE}(?: (?:is|name|handle))*(?: ?[:=] ?| is )[\w.-]+"),
        ("[date]", r"(?<!\d)\d{1,4}[./-]\d{1,2}[./-]\d{2,4}(?!\d)"),
        ("[date]", rf"(?<!\w)\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?!\w)(?:,? \d{{2,4}})?"),
        ("[date]", rf"(?<!\w){_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?!\w)(?:,? \d{{4}})?"),
        ("[date]", r"(?<!\w)(?:19|20)\d\d(?!\w)"),
        ("[place]", rf"(?<!\w)\d{{1,4}}[a-z]? (?:[^\W\d_]+ ){{1,3}}{_STREET}(?!\w)"),
        ("[place]", r"(?<!\w)[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}(?!\w)"),
        ("[number]", rf"(?<!\w)(?:\+|00)?{_DIGIT}(?:[\s().-]*{_DIGIT}){{4,}}(?!\w)"),
        ("[number]", r"(?<!\w)\d{4,}(?!\w)"),
    )
)
_NAMED: Final = re.compile(
    r"(?:(?<!\w)(?i:my name(?:'s| is)|name is|(?:i am|i'm|im|is|was) called|call me|calls? me|named)\s+"
    r"|(?<!\w)(?i:mr|mrs|ms|mx|dr|prof|professor|doctor|nurse|father|sister|pastor|imam|rabbi|uncle|aunt(?:ie|y)?)\.?\s+(?=[^\W\d_a-z]))"
    r"(?P<name>[^\W\d_]+(?:[- ][^\W\d_a-z][^\W\d_]*)?)"
)
#: A number of no more than three digits, alone or with what it counts.
_SMALL: Final = re.compile(
    r"\d{1,3}(?:st|nd|rd|th|s|am|pm|mg|ml|mcg|g|kgs?|lbs?|cm|km|m|f|h|hrs?|mins?|k|x|yo|yrs?|ish)?", re.IGNORECASE
)
_ALWAYS_CAPITAL: Final = frozenset(
    {"i", "i'm", "i've", "i'll", "i'd", "ok", "tv", "gp", "er", "uk", "us", "usa", "nhs", "english", "god"}
    | {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "christmas", "easter"}
    | {"mum", "mom", "dad", "gran", "grandma", "grandpa", "nan", "mummy", "daddy", "mother", "father"}
)
#: Common words that are given names as well: marked wherever they have a capital.
_NAMES_TOO: Final = frozenset(
    {"faith", "hope", "charity", "angel", "autumn", "summer", "mercy", "chance", "chase", "river", "penny", "cliff"}
    | {"clay", "chip", "miles", "prince", "storm", "buddy", "art", "star", "pearl", "honey", "sunny"}
)
_WORD: Final = re.compile(r"\[(?:email|link|handle|date|place|number|name)\]|\w+(?:'\w+)*")
_SENTENCE_ENDS: Final = frozenset('.!?:;…\n"“‘(*•-–—')


def deidentify(text: str) -> str:
    """The message with placeholders and marks."""
    plain = text.replace("\u2019", "'").replace(OPEN, "(").replace(CLOSE, ")")
    for placeholder, pattern in _RULES:
        plain = pattern.sub(placeholder, plain)
    return _marked(_without_names(plain))


def _without_names(text: str) -> str:
    """Names that are told as such: after "my name is", a title or a relation. Each is then taken out everywhere."""
    told = {m["name"] for m in _NAMED.finditer(text)}
    for relation in (e for e in entities(text) if e.kind == "person"):
        after = re.match(r",? (?P<name>[^\W\d_a-z][^\W\d_]+)", text[relation.end :])
        if after is not None:
            told.add(after["name"])
    parts = {part for name in told for part in re.split("[- ]", name) if part.lower() not in common_words()}
    if not parts:
        return text
    return re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(parts)))})(?!\w)", "[name]", text, flags=re.IGNORECASE)


def _marked(text: str) -> str:
    done, last = list[str](), 0
    for found in _WORD.finditer(text):
        word = found[0]
        if not _sure(word, text[: found.start()]):
            word = f"{OPEN}{word}{CLOSE}"
        done += [text[last : found.start()], word]
        last = found.end()
    return "".join([*done, text[last:]])


def _sure(word: str, before: str) -> bool:
    """Whether it tells nobody apart, as far as a list can know."""
    if word in PLACEHOLDERS or _SMALL.fullmatch(word):
        return True
    low = word.lower()
    if low in _ALWAYS_CAPITAL:
        return True
    if low not in common_words():
        return False
    if word.islower() or (word.isupper() and len(word) > 1):
        return True
    lead = before.rstrip(" ")
    return low not in _NAMES_TOO and (not lead or lead[-1] in _SENTENCE_ENDS)


@cache
def common_words() -> frozenset[str]:
    """Words that are no names, in lower case."""
    lines = files("agent.privacy").joinpath("data/common_words.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
