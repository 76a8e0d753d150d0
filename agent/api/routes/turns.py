"""Turns: send, read, follow."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from agent.api.deps import App, Person
from agent.api.feeds import EVENT_ID
from agent.api.replies import events, turn_out
from agent.api.schemas import JSON_REFUSALS, AcceptedOut, HelpedIn, NewTurn, TurnOut, require_text
from agent.care.exercises import load
from agent.care.in_chat import tried
from agent.domain.offer import Offer
from agent.errors import BadInput, NotFound
from agent.storage.repositories.conversations import Conversation
from agent.storage.repositories.turns import StoredTurn, row_id

router = APIRouter(prefix="/v1/conversations/{conversation_id}/turns", tags=["turns"])


async def own_turn(conversation_id: UUID, turn_id: UUID, app: App, person: Person) -> tuple[Conversation, StoredTurn]:
    """A turn of the person's own conversation."""
    async with app.services.database.unit_of_work() as work:
        conversation = await work.conversations.get(conversation_id, person)
        turn = await work.turns.get(row_id(conversation_id, turn_id))
    if turn is None:
        raise NotFound("There is no such turn.", code="unknown_turn")
    return conversation, turn


OwnTurn = Annotated[tuple[Conversation, StoredTurn], Depends(own_turn)]


@router.post("", status_code=202)
async def send(conversation_id: UUID, body: NewTurn, app: App, person: Person) -> AcceptedOut:
    """Send a message. When this answers, the message is stored; follow ``events`` for the reply."""
    await app.running().receive(conversation_id, person, body.turn_id, require_text(body.text))
    here = f"/v1/conversations/{conversation_id}/turns/{body.turn_id}/events"
    return AcceptedOut(turn_id=body.turn_id, status="received", events=here)


@router.get("/{turn_id}")  # noqa: FAST003  (``own_turn`` takes it)
async def read(app: App, own: OwnTurn) -> TurnOut:
    """One turn as it stands."""
    conversation, turn = own
    return turn_out(app, turn, conversation)


@router.put("/{turn_id}/helped", status_code=204)  # noqa: FAST003
async def helped(body: HelpedIn, app: App, person: Person, own: OwnTurn) -> None:
    """Say whether what was tried helped. It may be said again; the last word counts."""
    conversation, turn = own
    if turn.reply is None or not tried(turn.reply.pieces):
        raise BadInput("Nothing was tried here.", code="nothing_tried")
    async with app.services.database.unit_of_work() as work:
        offered = await work.offers.last_in(conversation.id, turn.received_at)
        if offered is None:
            practice = await work.practices.in_chat(person, conversation.id)
            technique = practice.practice.exercise if practice else turn.reply.technique or "none"
            name = load()[technique].name if technique in load() else ""
            await work.offers.keep(turn.id, person, Offer(technique, helped=body.helped, name=name), conversation.id)
        await work.offers.say(offered.id if offered else turn.id, person, body.helped)
        await work.commit()


@router.get("/{turn_id}/events", response_class=EventSourceResponse, responses=JSON_REFUSALS)  # noqa: FAST003
async def follow(
    app: App, own: OwnTurn, last_event_id: Annotated[str | None, Header()] = None
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: ``state``, then ``card``, ``sentence`` and ``done`` with ids; replays after Last-Event-ID."""
    conversation, turn = own
    after = int(last_event_id) if last_event_id and EVENT_ID.fullmatch(last_event_id) else 0
    async for event in events(app, turn.id, conversation, after):
        yield event
