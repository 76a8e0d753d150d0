"""What is remembered of a person: short notes in their own words, which they see, change, delete and switch off."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

#: Somebody in their life; what they want; what has helped; what a talk was about; anything else they wrote down.
NoteKind = Literal["person", "goal", "helped", "talk", "other"]
#: Characters of a note, and notes of a person.
MOST_NOTE: Final = 200
MOST_NOTES: Final = 100


@dataclass(frozen=True, slots=True)
class Note:
    """One note. ``used_at``: when a reply last came back to it."""

    id: UUID
    kind: NoteKind
    text: str
    at: datetime
    used_at: datetime | None = None
    conversation_id: UUID | None = None
