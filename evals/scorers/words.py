"""Words as the scorers read them: normal form, sentences, quotations, negation. English; no model."""

import re
import unicodedata
from functools import cache
from typing import Final

from agent.safety.sentences import split

_LONG: Final = tuple(
    (re.compile(short), long)
    for short, long in (
        (r"[\u2018\u2019\u02bc`]", "'"), (r"[\u201c\u201d\u00ab\u00bb]", '"'), (r"\bcan(?:'t|not|t)\b", "can not"),
        (r"\bwon't\b", "will not"), (r"\bshan't\b", "shall not"), (r"n't\b", " not"), (r"'re\b", " are"),
        (r"\bi'm\b", "i am"), (r"'ll\b", " will"), (r"'ve\b", " have"), (r"\blet's\b", "let us"),
        (r"\b(it|that|there|here|what|who|where|how|he|she|this|nobody|somebody|someone)'s\b", r"\1 is"),
        (r"'d\b", " would"), (r"\s+", " "),
        (r"\b(do|did|does|have|would|could|should|are|is|were|was|will|can) not (you|he|she|they|it|i|we)\b",
         r"\1 \2 not"),
    )
)  # fmt: skip
_QUOTED: Final = re.compile(r'"[^"]*"?')
_CLAUSE: Final = re.compile(r"[,;:()]|\s[-–—]\s|—|\b(?:but|however|although|though|yet|so|because|since)\b")
_NEGATES: Final = re.compile(
    r"\b(?:not|never|no|nor|neither|nobody|none|nothing|without|hardly|unable|refuse|rather than|instead of|avoid"
    r"|wrong to|dishonest to|far from)\b"
)
_NO_NEGATION: Final = re.compile(r"\b(?:no doubt|no matter|not only|why not|no wonder|no, )")
_REPORTS: Final = re.compile(
    r"\b(?:you|he|she|they|people|others|everyone|everybody|some|mother|mum|mom|dad|father|brother|sister|doctor|"
    r"counsellor|friend|boss|husband|wife|part of you)\b(?: \w+){0,3} "
    r"(?:said|says?|saying|wrote|write|asked?|told|tells|calls|called|feels?|felt|thinks?|thought|believes?|believed|"
    r"wonders?|worry|worried|fear|wish|hoped?|heard|promised|made|assume|assumed|afraid|sure|scared|keep asking|"
    r"started to believe|mentioned|describe)\b|\b(?:being|been) (?:told|called)\b|\bif i (?:were|was|said)\b|"
    r"\bsaying that\b"
)
_GROUNDS: Final = re.compile(r"\b(?:from|on|given|by|with|in) what you \w+")  # what follows is the speaker's own
_NEAR: Final = 9  # words; a negation further back governs something else
_SUFFIX: Final = re.compile(r"(?:ing|edly|ed|ies|es|s|ly|y|e|er|ers|ful|ness)$")
_SHORTEST_STEM: Final = 3


def normal(text: str) -> str:
    """Lower case, plain quotation marks, short forms written out ("can't" is "can not"), single spaces."""
    text = unicodedata.normalize("NFKC", text).lower()
    for short, long in _LONG:
        text = short.sub(long, text)
    return text.strip()


@cache
def sentences(text: str) -> tuple[str, ...]:
    """The sentences as they were written, stripped; a quotation stays within its sentence."""
    found: list[str] = []
    for part in split(text):
        if found and found[-1].translate(_PLAIN).count('"') % 2:
            found[-1] += " " + part.strip()
        elif part.strip():
            found.append(part.strip())
    return tuple(found)


_PLAIN: Final = str.maketrans({"\u201c": '"', "\u201d": '"', "\u00ab": '"', "\u00bb": '"'})


def unquoted(text: str) -> str:
    """Without what stands in quotation marks: those are somebody else's words, or words to say to somebody."""
    return _QUOTED.sub(" quoted ", text.translate(_PLAIN)).strip()


def clause_before(sentence: str, at: int) -> str:
    """Of a normal sentence, what comes before ``at`` in the same clause."""
    before = sentence[:at]
    return before[max((end.end() for end in _CLAUSE.finditer(before)), default=0) :]


def negated(sentence: str, at: int) -> bool:
    """Whether a negation or refusal within nine words before ``at``, in the same clause, governs what stands there."""
    words = _NO_NEGATION.sub(" ", clause_before(sentence, at)).split()
    return _NEGATES.search(" ".join(words[-_NEAR:])) is not None


def reported(sentence: str, at: int) -> bool:
    """Whether what stands at ``at`` is given as somebody's saying, feeling or wondering, in the same sentence."""
    return _REPORTS.search(_GROUNDS.sub(" ", sentence[:at])) is not None


def stem(word: str) -> str:
    """The word without a common ending: walking, walked, walks are one. Light; two words may fall together."""
    for _ in range(2):
        shorter = _SUFFIX.sub("", word)
        if len(shorter) < _SHORTEST_STEM or shorter == word:
            break
        word = shorter
    return re.sub(r"(.)\1$", r"\1", word)
