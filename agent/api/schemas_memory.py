"""What goes over the wire about what is remembered."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StrictBool

from agent.api.schemas import Text
from agent.domain.memory import MOST_NOTE, Note, NoteKind
from agent.errors import BadInput


class NoteOut(BaseModel):
    """One note, in your own words. ``used_at``: when a reply last came back to it."""

    id: UUID
    kind: NoteKind
    text: str
    at: datetime
    used_at: datetime | None

    @classmethod
    def of(cls, note: Note) -> Self:
        """As it is shown."""
        return cls(id=note.id, kind=note.kind, text=note.text, at=note.at, used_at=note.used_at)


class MemoryOut(BaseModel):
    """All that is remembered. ``on``: whether new things are noted and replies come back to them."""

    on: bool
    notes: list[NoteOut]


class MemoryIn(BaseModel):
    """Switch it on or off."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"on": False}})

    on: StrictBool


class NoteIn(BaseModel):
    """A note to keep."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"kind": "helped", "text": "A walk by the canal helps me."}}
    )

    kind: NoteKind
    text: Text

    def words(self) -> str:
        """The words, if they are some and fit; ``BadInput`` otherwise."""
        words = " ".join(self.text.split())
        if not words:
            raise BadInput("There is nothing in this note yet.", code="empty_text")
        if len(words) > MOST_NOTE:
            raise BadInput(
                f"Please write it in {MOST_NOTE} characters or fewer; nothing was lost.", code="text_too_long"
            )
        return words
