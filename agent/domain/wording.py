"""Whose words a counsellor sent: a draft of the program as it was, a draft that they changed, or their own. Pure."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Final, Literal

#: ``draft``: the program's, word for word. ``changed``: begun from the program's. ``own``: the counsellor's.
Wording = Literal["draft", "changed", "own"]
#: Fewer words in a row than this are in everybody's mouth and come from nowhere.
_RUN: Final = 3
_WORD = re.compile(r"\w+")


def wording(text: str, drafts: Iterable[str]) -> Wording:
    """Compare what was sent with what the program had suggested. The page is not asked: it may have been reloaded.

    Changed is a text of which half stands in a draft, or that has half of a draft in it, in runs of three words.
    """
    known = list(drafts)
    if any(text.split() == draft.split() for draft in known):
        return "draft"
    said = _words(text)
    return "changed" if any(_from(said, _words(draft)) for draft in known) else "own"


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _from(said: Sequence[str], draft: Sequence[str]) -> bool:
    blocks = SequenceMatcher(None, draft, said, autojunk=False).get_matching_blocks()
    kept = sum(block.size for block in blocks if block.size >= _RUN)
    return kept > 0 and 2 * kept >= min(len(said), len(draft))
