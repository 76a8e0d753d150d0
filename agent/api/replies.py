"""Puts replies on the wire: cards by country, passages by title, and the event stream of a turn."""

from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import Request
from fastapi.sse import ServerSentEvent

from agent.api.schemas import CardOut, ReplyOut, SourceOut, TurnOut
from agent.bootstrap import Application
from agent.care.in_chat import tried
from agent.care.remember import notes_in
from agent.domain.turn import Reply
from agent.graph.failures import STORAGE_FAILED
from agent.safety.helplines import Helplines
from agent.storage.repositories.conversations import Conversation
from agent.storage.repositories.turns import StoredTurn
from classifiers.labels import DOMAINS


def card_for(app: Application, country: str, domains: tuple[str, ...] = ()) -> CardOut:
    """The help card of a country."""
    return CardOut.of(app.services.helplines.card(country, domains))


def card_here(app: Application, request: Request) -> CardOut:
    """The help card on a page, by the language of the browser; also while the program starts."""
    helplines = app.services.helplines if app.ready else Helplines.load(app.settings.safety.default_country)
    locale = request.headers.get("accept-language", "").split(",")[0].split(";")[0][:35]
    return CardOut.of(helplines.card(helplines.country_of(locale)))


def reply_out(app: Application, reply: Reply, country: str, domains: tuple[str, ...] = ()) -> ReplyOut:
    """A reply with its card and its sources."""
    card = card_for(app, country, domains) if reply.card else None
    shown = (app.services.finder.source(p) for p in reply.passages)
    sources = [SourceOut(id=s.id, title=s.title, publisher=s.publisher) for s in shown if s]
    return ReplyOut(
        text=reply.text, sentences=list(reply.sentences), origin=reply.origin, card=card, sources=sources,
        from_notes=bool(notes_in(reply.pieces)), asks_if_helped=tried(reply.pieces),
    )  # fmt: skip


def turn_out(app: Application, turn: StoredTurn, conversation: Conversation) -> TurnOut:
    """A stored turn."""
    domains = domains_of(turn)
    return TurnOut(
        turn_id=turn.client_turn_id,
        seq=turn.seq,
        text=turn.text,
        status="answered" if turn.status == "ANSWERED" else "received",
        reply=reply_out(app, turn.reply, conversation.country, domains) if turn.reply else None,
    )


def domains_of(turn: StoredTurn | None) -> tuple[str, ...]:
    """The risk domains that the reader saw, so that a card shown again is the card that was shown."""
    if turn is None or turn.reading is None:
        return ()
    return tuple(d for d in DOMAINS for s in turn.reading.domains[:2] if s.label == d and s.score > 0.5)  # noqa: PLR2004


async def _stored(app: Application, turn_id: UUID) -> StoredTurn | None:
    """The turn's row, or None: a database that is away must not keep the words from the person."""
    try:
        async with app.services.database.unit_of_work() as work:
            return await work.turns.get(turn_id)
    except STORAGE_FAILED:
        return None


async def events(
    app: Application, turn_id: UUID, conversation: Conversation, after: int
) -> AsyncIterator[ServerSentEvent]:
    """Progress, then the card, the sentences and the whole reply. Ids count from 1; those up to ``after`` are left out.

    The reply was committed before its first event is sent, so every replay gives the same words.
    """
    async for step in app.running().follow(turn_id):
        if not isinstance(step, Reply):
            yield ServerSentEvent(event="state", data={"state": step})
            continue
        whole = reply_out(app, step, conversation.country, domains_of(await _stored(app, turn_id)))
        numbered: list[tuple[str, object]] = []
        if whole.card is not None:
            numbered.append(("card", whole.card))
        numbered += [("sentence", {"index": i, "text": s}) for i, s in enumerate(whole.sentences)]
        numbered.append(("done", whole))
        for number, (name, data) in enumerate(numbered, start=1):
            if number > after:
                yield ServerSentEvent(event=name, id=str(number), data=data)
