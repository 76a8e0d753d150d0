"""Conversations: start, list, read, end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from agent.api.deps import DEVICE_COOKIE, App, Person, device_token
from agent.api.feeds import EVENT_ID, not_too_many, person_feed, spoken_out
from agent.api.replies import card_for, turn_out
from agent.api.schemas import (
    JSON_REFUSALS,
    ConversationOut,
    ConversationsOut,
    EndedOut,
    Feedback,
    HandsOut,
    HistoryOut,
    NewConversation,
    StartedOut,
)
from agent.escalation.hands import hands_of
from agent.storage.repositories.lines import FOR_PERSON

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])
NOTICE = (
    "You are talking to a computer program, not a person. It can listen and suggest things to try. "
    "It can make mistakes."
)
COOKIE_SECONDS = 180 * 24 * 3600


@router.post("", status_code=201)
async def start(body: NewConversation, request: Request, response: Response, app: App) -> StartedOut:
    """Start a conversation. Without a device token a new person is made; the token is shown once and hashed at rest."""
    app.running()
    helplines = app.services.helplines
    country = helplines.country_of(body.locale)
    token, fresh = device_token(request), None
    async with app.services.database.unit_of_work() as work:
        person_id = await work.people.by_token(token) if token else None
        if person_id is None:
            person_id, fresh = await work.people.create()
        conversation = await work.conversations.start(person_id, body.locale, country)
        await work.follow_ups.carry(person_id, conversation.id)
        await work.commit()
    if fresh is not None:
        response.set_cookie(
            DEVICE_COOKIE, fresh, max_age=COOKIE_SECONDS, httponly=True, samesite="strict",
            secure=app.settings.server.secure_cookies,
        )  # fmt: skip
    return StartedOut(
        conversation_id=conversation.id, device_token=fresh, locale=body.locale, notice=NOTICE,
        help=card_for(app, country),
    )  # fmt: skip


@router.get("")
async def mine(app: App, person: Person) -> ConversationsOut:
    """All conversations of this device, newest first."""
    async with app.services.database.unit_of_work() as work:
        found = await work.conversations.of(person)
    return ConversationsOut(
        conversations=[
            ConversationOut(conversation_id=c.id, started_at=c.started_at, ended_at=c.ended_at) for c in found
        ]
    )


@router.get("/{conversation_id}")
async def history(conversation_id: UUID, app: App, person: Person) -> HistoryOut:
    """One conversation with its turns."""
    async with app.services.database.unit_of_work() as work:
        conversation = await work.conversations.get(conversation_id, person)
        turns = await work.turns.of(conversation_id)
        lines = await work.lines.of(conversation_id, FOR_PERSON)
        hands = await hands_of(work, person, app.services.ladder.policy.grace)
    return HistoryOut(
        conversation_id=conversation.id, started_at=conversation.started_at, ended_at=conversation.ended_at,
        turns=[turn_out(app, t, conversation) for t in turns], lines=[spoken_out(x) for x in lines],
        hands=HandsOut.of(hands),
    )  # fmt: skip


async def own(conversation_id: UUID, app: App, person: Person) -> UUID:
    """The id of a conversation that is the person's own; refused before a stream begins, not within it."""
    not_too_many(app, person)
    async with app.services.database.unit_of_work() as work:
        await work.conversations.get(conversation_id, person)
    return conversation_id


@router.get("/{conversation_id}/events", response_class=EventSourceResponse, responses=JSON_REFUSALS)
async def feed(
    conversation_id: Annotated[UUID, Depends(own)], app: App, person: Person, after: Annotated[int, Query(ge=0)] = 0,
    last_event_id: Annotated[str | None, Header()] = None,
) -> AsyncIterator[ServerSentEvent]:  # fmt: skip
    """Server-sent events without end: ``line`` (its id is its number), ``hands``, ``plan``. Replays after its id."""
    since = int(last_event_id) if last_event_id and EVENT_ID.fullmatch(last_event_id) else after
    async for event in person_feed(app, conversation_id, person, since):
        yield event


@router.put("/{conversation_id}/feedback", status_code=204)
async def feedback(conversation_id: UUID, body: Feedback, app: App, person: Person) -> None:
    """Say how it was. It may be said again; only numbers over all conversations are ever shown to anybody."""
    async with app.services.database.unit_of_work() as work:
        await work.conversations.get(conversation_id, person)
        await work.opinions.give(conversation_id, body.satisfaction, body.helped)
        await work.commit()


@router.post("/{conversation_id}/end")
async def end(conversation_id: UUID, app: App, person: Person) -> EndedOut:
    """End it. Turns that are being answered are answered; a case stays."""
    async with app.services.database.unit_of_work() as work:
        await work.conversations.get(conversation_id, person)
        ended = await work.conversations.end(conversation_id, datetime.now(UTC))
        await work.commit()
    return EndedOut(ended_at=ended)
