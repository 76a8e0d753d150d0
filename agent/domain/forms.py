"""What a counsellor filled in beside a conversation. Pure; the questions are data of ``agent.escalation``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

FormKind = Literal["interview", "decision"]
#: Characters of a note. With every note of a form full it still fits into the largest request that is read.
MOST_NOTE: Final = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question: what was chosen, and words beside it. Both may be empty."""

    choice: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was filled in: answers by the question's id, and the version of the questions that were asked."""

    version: str
    answers: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Approval:
    """What a second counsellor said about one revision. Kept beside it, whether they agree or not."""

    by: UUID
    name: str
    at: datetime
    agrees: bool
    remark: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One saved state of a form. A correction is another revision, with the next number."""

    kind: FormKind
    number: int
    author: UUID
    name: str
    at: datetime
    filled: Filled
    approval: Approval | None = None
