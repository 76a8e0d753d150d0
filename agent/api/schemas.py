"""What goes over the wire. Field descriptions and examples end up in the OpenAPI document."""

import re
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from agent.domain.help import Card
from agent.domain.offer import Helped
from agent.domain.turn import Origin
from agent.errors import BadInput
from agent.escalation.hands import Hands, HandsState

MAX_TEXT = 4000
_KEPT_CONTROLS = "\n\t"


def clean_text(value: object) -> object:
    """Lone surrogates and control characters cannot be read by anyone: they become replacement marks and spaces."""
    if not isinstance(value, str):
        return value
    whole = (
        value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\r\n", "\n").replace("\r", "\n")
    )
    return "".join(
        c if c in _KEPT_CONTROLS or (c >= " " and c != "\x7f" and not "\x80" <= c <= "\x9f") else " " for c in whole
    )


def require_text(text: str) -> str:
    """A message with something in it and no longer than a page; ``BadInput`` says which and loses nothing."""
    if not text.strip():
        raise BadInput("There is nothing in this message yet.", code="empty_text")
    if len(text) > MAX_TEXT:
        raise BadInput(
            f"This message is longer than {MAX_TEXT} characters. Please send it in parts; nothing was lost.",
            code="text_too_long",
        )
    return text


Text = Annotated[str, BeforeValidator(clean_text)]
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")


def is_address(given: str) -> bool:
    """Whether mail can be sent to it: at most 254 characters (RFC 5321), no line breaks, no quoted parts."""
    return len(given) <= 254 and _ADDRESS.fullmatch(given) is not None and ".." not in given  # noqa: PLR2004


class NewConversation(BaseModel):
    """Start a conversation."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"locale": "en-GB"}})

    locale: str = Field(default="en", pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", max_length=35)


class NewTurn(BaseModel):
    """A message. Choose ``turn_id`` yourself: sent again with the same id it is the same turn."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"turn_id": "0c8ab3a4-6c1f-4b3e-9f5c-1f1f1d1b7a10", "text": "I can't sleep."}},
    )

    turn_id: UUID
    text: Text


class Feedback(BaseModel):
    """How a conversation was, from 1 (bad) to 5 (good), and whether it helped. What is left out stays as it was."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"satisfaction": 4, "helped": True}})

    satisfaction: Annotated[int, Field(ge=1, le=5, strict=True)] | None = None
    helped: StrictBool | None = None

    @model_validator(mode="after")
    def _something(self) -> "Feedback":
        if self.satisfaction is None and self.helped is None:
            raise ValueError("say at least one of the two")
        return self


class LineOut(BaseModel):
    """One helpline."""

    name: str
    phone: str | None
    text: str | None
    web: str | None
    hours: str
    audience: str


class CardOut(BaseModel):
    """Where to turn, for one country."""

    country: str
    country_name: str
    emergency: list[str]
    lines: list[LineOut]
    updated: str
    international: bool

    @classmethod
    def of(cls, card: Card) -> "CardOut":
        """From the domain."""
        lines = [
            LineOut(name=x.name, phone=x.phone, text=x.text, web=x.web, hours=x.hours, audience=x.audience)
            for x in card.lines
        ]
        return cls(
            country=card.country, country_name=card.country_name, emergency=list(card.emergency), lines=lines,
            updated=card.updated, international=card.international,
        )  # fmt: skip


class SourceOut(BaseModel):
    """A passage that the reply leans on."""

    id: str
    title: str
    publisher: str


class ReplyOut(BaseModel):
    """A reply. ``origin`` says where its words come from; ``from_notes``: it comes back to what you told before.

    ``asks_if_helped``: something that was tried has come to its end here, and you may say whether it helped.
    """

    text: str
    sentences: list[str]
    origin: Origin
    card: CardOut | None
    sources: list[SourceOut]
    from_notes: bool = False
    asks_if_helped: bool = False


class HelpedIn(BaseModel):
    """Whether something that was tried helped."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"helped": "a_little"}})

    helped: Helped


class SpokenOut(BaseModel):
    """A line that is no turn: a counsellor's words (``author`` is their name), or a notice of a change of hands.

    ``seq`` orders lines and turns of a conversation together.
    """

    seq: int
    kind: Literal["counsellor", "notice"]
    author: str | None
    text: str
    at: datetime


class HandsOut(BaseModel):
    """Who has been told and who is here, from the record of this moment.

    ``nobody``: no case. ``listed``: on the counsellors' list. ``told``: an alert went out at ``at``. ``coming``: they
    answered it. ``taken``: ``names`` have it and can read. ``talking``: they answer, and the program is silent.
    ``drafting``: the program suggests words to them, and they read every answer before it is sent.
    ``on_duty``: whether any counsellor is on duty; ``duty_at``: when the next planned shift begins, if none is.
    """

    state: HandsState
    at: datetime | None
    names: list[str]
    on_duty: bool
    duty_at: datetime | None
    drafting: bool

    @classmethod
    def of(cls, hands: Hands) -> "HandsOut":
        """From the record."""
        return cls(
            state=hands.state, at=hands.at, names=list(hands.names), on_duty=hands.on_duty, duty_at=hands.duty_at,
            drafting=hands.drafting,
        )  # fmt: skip


class TurnOut(BaseModel):
    """A turn with its reply, once there is one. While a counsellor talks it is empty: its ``origin`` is ``relay``."""

    turn_id: UUID
    seq: int
    text: str
    status: Literal["received", "answered"]
    reply: ReplyOut | None


class AcceptedOut(BaseModel):
    """The message is stored; the reply is on its way."""

    turn_id: UUID
    status: Literal["received", "answered"]
    events: str


class StartedOut(BaseModel):
    """A new conversation. ``device_token`` is shown this once, and only when it is new."""

    conversation_id: UUID
    device_token: str | None
    locale: str
    notice: str
    help: CardOut


class ConversationOut(BaseModel):
    """A conversation without its turns."""

    conversation_id: UUID
    started_at: datetime
    ended_at: datetime | None


class ConversationsOut(BaseModel):
    """All conversations of this device, newest first."""

    conversations: list[ConversationOut]


class HistoryOut(ConversationOut):
    """A conversation with its turns and its other lines, each in order, and in whose hands the person is."""

    turns: list[TurnOut]
    lines: list[SpokenOut]
    hands: HandsOut


class EndedOut(BaseModel):
    """When it ended."""

    ended_at: datetime


class ErrorBody(BaseModel):
    """What went wrong: a stable code, words for a person, and help where a message was not taken."""

    code: str
    message: str
    fields: list[str] = []
    help: CardOut | None = None


class ErrorOut(BaseModel):
    """Body of every error."""

    error: ErrorBody


#: What every operation may refuse with.
REFUSALS = (401, 404, 409, 413, 422, 429, 503)
#: The same, said in full: an operation that streams refuses in JSON all the same.
JSON_REFUSALS: dict[int | str, dict[str, object]] = {
    code: {
        "description": HTTPStatus(code).phrase,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}},
    }
    for code in REFUSALS
}
