"""Feeds without end: what others say to a person and who is with them; and "look again" for the counsellors' pages.

Each looks at the rows, tells what is new, and waits for the bell. A connection that broke loses nothing: whoever comes
back names the last number they have, or looks at the page, which is the whole truth.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from fastapi.sse import ServerSentEvent

from agent.api.schemas import HandsOut, SpokenOut
from agent.api.schemas_trusted import RevisionOut
from agent.bootstrap import Application
from agent.errors import TooMuch
from agent.escalation.hands import Hands, hands_of
from agent.graph.failures import STORAGE_FAILED
from agent.storage.bell import rings
from agent.storage.repositories.lines import FOR_PERSON, StoredLine

EVENT_ID: Final = re.compile("[0-9]{1,9}")
#: Looked again after this long though no bell rang: shifts begin by the clock, and a bell may be lost.
LOOK_AGAIN_SECONDS = 20.0
_AWAY_SECONDS = 1.0
#: Open at once by one person, in this process. A browser has six, and there are phones.
MOST_FEEDS = 12


def spoken_out(line: StoredLine) -> SpokenOut:
    """A line for the person."""
    kind = "counsellor" if line.kind == "counsellor" else "notice"
    return SpokenOut(seq=line.seq, kind=kind, author=line.author, text=line.text, at=line.at)


def not_too_many(app: Application, person_id: UUID) -> None:
    """``TooMuch`` if the person holds too many feeds open already."""
    if app.bell.listeners(f"person:{person_id}") >= MOST_FEEDS:
        raise TooMuch("This conversation is open in too many places. Close some of them, then try again.")


async def person_feed(
    app: Application, conversation_id: UUID, person_id: UUID, after: int
) -> AsyncIterator[ServerSentEvent]:
    """Lines with numbers above ``after``, each once and in order; and who is with the person.

    The latter whenever it changes, and again when nothing rang for a while: who hears nothing any more knows that they
    have lost the line, and can stop claiming what may no longer be true. ``plan``: the safety plan has a new revision.
    """
    told: Hands | None = None
    plan = 0
    bell = app.bell
    with bell.hear(f"talk:{conversation_id}", f"person:{person_id}", "duty") as event:
        while not bell.closed:
            try:
                async with app.feeds, app.services.database.unit_of_work() as work:
                    lines = await work.lines.of(conversation_id, FOR_PERSON, after)
                    hands = await hands_of(work, person_id, app.services.ladder.policy.grace)
                    revision = await work.plans.revision(person_id)
            except STORAGE_FAILED:
                await asyncio.sleep(_AWAY_SECONDS)
                continue
            for line in lines:
                yield ServerSentEvent(event="line", id=str(line.seq), data=spoken_out(line))
                after = line.seq
            if hands != told:
                yield ServerSentEvent(event="hands", data=HandsOut.of(hands))
                told = hands
            if revision != plan:
                yield ServerSentEvent(event="plan", data=RevisionOut(revision=revision))
                plan = revision
            if not await rings(event, LOOK_AGAIN_SECONDS):
                told = None


async def desk_feed(app: Application, case_id: UUID | None) -> AsyncIterator[ServerSentEvent]:
    """``changed`` at once and whenever the list, or one case and the talk in it, looks different."""
    bell, topics = app.bell, ["desk"]
    while not bell.closed:
        if case_id is not None:
            async with app.services.database.unit_of_work() as work:
                talk = await work.cases.talk(case_id)
            topics = [f"case:{case_id}", f"talk:{talk.conversation_id}"]
        with bell.hear(*topics) as event:
            yield ServerSentEvent(event="changed", data={})
            await rings(event, LOOK_AGAIN_SECONDS)
