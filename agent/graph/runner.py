"""Owns every turn from its first commit to its reply. A closed tab, a lost client or a crash never cancels a turn.

One of the two boundaries that catch everything: whatever escapes the graph becomes an authored reply with help in it.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal
from uuid import UUID, uuid4

from agent.domain.risk import Driver, RiskAssessment, Standing, Tier
from agent.domain.turn import READ_LESS_WELL, Message, Reply
from agent.ending import asked_to_end
from agent.errors import NotFound, TooMuch
from agent.escalation.sweep import sweep
from agent.graph.graph import Graph, build
from agent.graph.nodes.answer import Overtaken
from agent.graph.nodes.open_case import keep_case
from agent.graph.state import Services, State
from agent.observability.metrics import Metrics
from agent.safety.assess import Signals, assess
from agent.safety.sentences import split
from agent.storage.repositories.follow_ups import FOLLOW
from agent.storage.repositories.turns import row_id

log = logging.getLogger("handhold.runner")

LEASE = timedelta(seconds=60)
HISTORY = 12
REMEMBERED = timedelta(days=14)  # how far back other conversations of the person count as evidence
MOST_WAITING = 100
PRACTICES = 5  # exercises of the person that a turn knows of
#: With more turns waiting than this, the model is left out so that the person is not kept waiting.
HURRY_FROM = 3
KEEP_DONE_SECONDS = 30.0
POLL_SECONDS = 0.4
TURN_SECONDS_LIMIT = 45.0

Progress = Literal["reading", "writing"]


@dataclass(slots=True)
class Live:
    """A turn this process is working on."""

    progress: Progress = "reading"
    reply: Reply | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> None:
        """Wake everyone who waits and arm the next bell."""
        bell, self.changed = self.changed, asyncio.Event()
        bell.set()


class Runner:
    """Receives turns, runs the graph, hands out progress and replies, and takes up what a crash left."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.id = uuid4()
        self.metrics = Metrics()
        self._graph: Graph = build()
        self._live: dict[UUID, Live] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._order: dict[UUID, tuple[asyncio.Lock, int]] = {}

    async def receive(self, conversation_id: UUID, person_id: UUID, client_turn_id: UUID, text: str) -> UUID:
        """TX1, then the work begins by itself. The same id again is the same turn. Returns the row's id."""
        turn_id = row_id(conversation_id, client_turn_id)
        async with self.services.database.unit_of_work() as work:
            await work.conversations.get(conversation_id, person_id)
            if await work.turns.waiting(conversation_id) >= MOST_WAITING and await work.turns.get(turn_id) is None:
                raise TooMuch("Many messages are still waiting for an answer here. Give it a moment, then send again.")
            new = await work.turns.receive(conversation_id, person_id, client_turn_id, text, self.id, LEASE)
            for follow_up_id in await work.follow_ups.answer(person_id) if new else ():
                await work.defer(FOLLOW, follow_up_id=str(follow_up_id))
            await work.commit()
        if new:
            self._start(turn_id, conversation_id)
        return turn_id

    async def recover(self, *, alone: bool) -> int:
        """Run turns again whose process is gone. ``alone``: no other process can be alive on this database."""
        async with self.services.database.unit_of_work() as work:
            await work.turns.keep(self.id, tuple(self._live), LEASE)
            orphans = await work.turns.take_orphans(self.id, LEASE, (self.id,) if alone else ())
            await work.commit()
        fresh = [(turn_id, conversation) for turn_id, conversation in orphans if turn_id not in self._live]
        for turn_id, conversation in fresh:
            self._start(turn_id, conversation)
        return len(fresh)

    async def watch(self, seconds: float, *, alone: bool) -> None:
        """Every few seconds, for ever: what a lost job, a crash or an absent database left undone. Nothing ends it."""
        s = self.services
        while not asked_to_end():
            await asyncio.sleep(seconds)
            for work in (partial(sweep, s.database, s.spool, s.ladder), partial(self.recover, alone=alone)):
                try:
                    await work()
                except Exception as error:
                    log.exception("sweep_failed", extra={"code": type(error).__name__})

    async def follow(self, turn_id: UUID) -> AsyncIterator[Progress | Reply]:
        """Progress of a turn, then its reply, wherever it is being worked on. Ends after the reply."""
        while True:
            live = self._live.get(turn_id)
            if live is None:
                stored = await self._stored(turn_id)
                if stored is not None:
                    yield stored
                    return
                await asyncio.sleep(POLL_SECONDS)
                continue
            bell = live.changed
            if live.reply is not None:
                yield live.reply
                return
            yield live.progress
            await bell.wait()

    async def drain(self, seconds: float) -> None:
        """Let running turns finish; what does not is found again at the next start."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)

    async def _stored(self, turn_id: UUID) -> Reply | None:
        async with self.services.database.unit_of_work() as work:
            turn = await work.turns.get(turn_id)
        if turn is None:
            raise NotFound("There is no such turn.", code="unknown_turn")
        return turn.reply

    def _start(self, turn_id: UUID, conversation_id: UUID) -> None:
        self._live[turn_id] = Live()
        task = asyncio.create_task(self._run(turn_id, conversation_id), name=f"turn-{turn_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, turn_id: UUID, conversation_id: UUID) -> None:
        live, started = self._live[turn_id], time.monotonic()
        lock, waiting = self._order.get(conversation_id, (asyncio.Lock(), 0))
        self._order[conversation_id] = (lock, waiting + 1)
        async with lock:
            live.reply = await self._answer(turn_id, live, hurry=self._order[conversation_id][1] > HURRY_FROM)
        lock, waiting = self._order[conversation_id]
        if waiting == 1:
            del self._order[conversation_id]
        else:
            self._order[conversation_id] = (lock, waiting - 1)
        live.tell()
        self.metrics.turn_seconds.observe(time.monotonic() - started)
        self.metrics.turns.labels(live.reply.origin).inc()
        asyncio.get_running_loop().call_later(KEEP_DONE_SECONDS, self._live.pop, turn_id, None)

    async def _answer(self, turn_id: UUID, live: Live, *, hurry: bool) -> Reply:
        message: Message | None = None
        try:
            async with asyncio.timeout(TURN_SECONDS_LIMIT):
                while True:
                    stored, state = await self._load(turn_id)
                    message = state["message"]
                    if stored is not None:
                        return stored
                    try:
                        return await self._through_graph({**state, "hurry": hurry}, live)
                    except Overtaken:
                        log.info("overtaken", extra={"turn_id": str(turn_id)})
        except Exception as error:
            log.exception("turn_failed", extra={"turn_id": str(turn_id), "code": type(error).__name__})
            return await self._last_resort(message)

    async def _load(self, turn_id: UUID) -> tuple[Reply | None, State]:
        async with self.services.database.unit_of_work() as work:
            turn = await work.turns.get(turn_id)
            message = await work.turns.message(turn_id)
            conversation = await work.conversations.get(message.conversation_id)
            standing = await work.people.standing(message.person_id)
            history = await work.turns.history(message, HISTORY)
            remembers = await work.notes.wanted(message.person_id)
            forgotten = len(history) == HISTORY  # what was said before it has to be looked up
            state = State(
                message=message,
                history=history,
                elsewhere=await work.turns.elsewhere(message, HISTORY, REMEMBERED),
                stood=standing,
                standing=standing,
                country=conversation.country,
                held=await work.cases.held(message.person_id),
                practices=tuple(await work.practices.of(message.person_id, PRACTICES)),
                notes=tuple(await work.notes.of(message.person_id)) if remembers else None,
                noted=any(t.noted for t in history)
                or (forgotten and await work.turns.gave(message.conversation_id, READ_LESS_WELL)),
            )
        return (turn.reply if turn else None), state

    async def _through_graph(self, state: State, live: Live) -> Reply:
        final: Mapping[str, object] = {}
        async for part in self._graph.astream(
            state, context=self.services, stream_mode=["custom", "values"], version="v2"
        ):
            if part["type"] == "custom":
                live.progress = part["data"]["state"]
                live.tell()
            elif part["type"] == "values":
                final = part["data"]
        reply = final["reply"]
        assert isinstance(reply, Reply)
        return reply

    async def _last_resort(self, message: Message | None) -> Reply:
        """Help in plain sight whatever broke, and a case if the words alone call for one. Stored when it can be."""
        services = self.services
        country = services.helplines.country_of(message.locale if message else "")
        words = services.words.fill(services.words.fallback, services.helplines.card(country), None)
        reply = Reply(words, split(words), "fallback", Tier.NONE, "listen", card=True, reasons=("turn_failed",))
        if message is None:
            return reply
        try:
            return await self._keep_safe(message, reply)
        except Exception as error:
            log.exception("last_resort_failed", extra={"turn_id": str(message.turn_id), "code": type(error).__name__})
            return reply

    def _judge(self, text: str) -> RiskAssessment:
        """The words alone. When judging is what broke, they count as danger that was not understood."""
        services = self.services
        try:
            signals = Signals(text, None, services.lexicon.cues(text))
            return assess(signals, (), Standing(), services.hints, services.risk_policy)
        except Exception as error:
            log.exception("judging_failed", extra={"code": type(error).__name__})
            driver = Driver("degraded", Tier.MODERATE, "the assessment failed")
            return RiskAssessment(
                Tier.MODERATE, Tier.MODERATE, (), (driver,), "self", retraction=False, degraded=True,
                policy_version=services.risk_policy.version,
            )  # fmt: skip

    async def _keep_safe(self, message: Message, reply: Reply) -> Reply:
        """Judge the words alone, open a case if they call for one, and store the reply with the risk that stands."""
        services, now = self.services, datetime.now(UTC)
        risk = self._judge(message.text)
        if risk.here.elevated:
            _, kept = await keep_case(services, message, risk)
            if not kept:
                return reply
        async with services.database.unit_of_work() as work:
            before = await work.people.standing(message.person_id, keep=True)
            held = Standing(max(before.tier, risk.here), tuple(dict.fromkeys([*before.domains, *risk.domains])))
            reply = await work.turns.answer(message, replace(reply, tier=held.tier), risk.here, None, now)
            await work.people.hold(message.person_id, held, restated=risk.here.elevated)
            await work.commit()
        return reply
