"""Is a small model's draft about what the person said, and fit to be said to them? Pure, but for one embedding.

A 135M-parameter model often talks about itself, gives orders, loops, or copies. Each check below was added for a draft
that was seen to do so.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Embed = Callable[[list[str]], npt.NDArray[np.float32]]

LEAST_SIMILAR: Final = 0.45
TOO_LIKE_EARLIER: Final = 0.88
WORDS: Final = range(10, 66)
_ABOUT_ITSELF = re.compile(r"\b(?:i(?:'m|'ve|'d|'ll)?|me|my|mine|myself|we|our)\b", re.IGNORECASE)
_ALLOWED_SELF = re.compile(
    r"\bi(?:'m| am) (?:so |really |very )?sorry (?:to hear|you|that|it)|\bi hear\b", re.IGNORECASE
)
#: Seen in answer to a bad week: "I'm glad to hear that you're having a tough week. It's completely normal."
_CHEER = re.compile(
    r"\b(?:glad|great|good (?:job|to)|wonderful|proud|congratulations|amazing|awesome|excellent|fantastic|happy to|"
    r"normal|natural|okay to|proactive|thank you|welcome|well done)\b",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"\b(?:you should|you need to|you must|you have to|try to|make sure|remember (?:to|that)|it's important|"
    r"consider|don't worry|be strong|stay (?:strong|positive|focused))\b", re.IGNORECASE
)  # fmt: skip


def last_whole_sentence(draft: str) -> str:
    """The draft up to its last full stop or question mark: a cut-off tail is dropped."""
    end = max(draft.rfind(mark) for mark in ".?!")
    return draft[: end + 1].strip()


def fit(  # noqa: PLR0911  (one reason a line)
    draft: str, said: str, earlier: Sequence[str], embed: Embed
) -> str:
    """Why the draft must not be used; empty when it may."""
    words = re.findall(r"\w+(?:'\w+)?", draft.lower())
    if len(words) not in WORDS:
        return "length"
    if draft.count("?") != 1 or not draft.rstrip().endswith("?"):
        return "no_single_question"
    if _ABOUT_ITSELF.search(_ALLOWED_SELF.sub("", draft)):
        return "about_itself"
    if _ORDERS.search(draft):
        return "orders"
    if _CHEER.search(draft) or "\n" in draft.strip():
        return "cheer"
    if not {"you", "your", "you're", "you've"} & set(words):
        return "not_to_the_person"
    if _copied(words, said) or _loops(words):
        return "copies"
    vectors = embed([draft, said, *earlier[-6:]])
    if float(vectors[0] @ vectors[1]) < LEAST_SIMILAR:
        return "off_topic"
    if any(float(vectors[0] @ v) > TOO_LIKE_EARLIER for v in vectors[2:]):
        return "said_before"
    return ""


def _copied(words: list[str], said: str) -> bool:
    source = re.findall(r"\w+(?:'\w+)?", said.lower())
    runs = {tuple(source[i : i + 6]) for i in range(len(source) - 5)}
    return any(tuple(words[i : i + 6]) in runs for i in range(len(words) - 5))


def _loops(words: list[str]) -> bool:
    runs = [tuple(words[i : i + 4]) for i in range(len(words) - 3)]
    return len(runs) != len(set(runs))
