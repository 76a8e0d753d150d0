"""Our product in this process: the real graph on a database of its own, one case after the other."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from sqlalchemy import select

from agent.bootstrap import Application, Models
from agent.domain.turn import Reply
from agent.escalation.hands import hands_of
from agent.escalation.sweep import sweep
from agent.graph.state import Services
from agent.settings import AlertSettings, DatabaseSettings, GeneratorKind, GeneratorSettings, Settings
from agent.storage import embedded
from agent.storage.tables import case_event
from agent.storage.tables import reply as reply_row
from evals.cases import Case, Deed, Say
from evals.catalogue import script
from evals.transcript import Exchange, Record, Transcript
from evals.world.clock import pass_time
from evals.world.counsellors import Counsellors, NoCase
from evals.world.parts import Broken, Kept, WatchedFinder

_FELT: Final = 3


class OurProduct:
    """Plays cases. Not for two at once: duty, time and broken parts are of the whole deployment."""

    name = "handhold"

    def __init__(self, application: Application, counsellors: Counsellors) -> None:
        self._application = application
        self._counsellors = counsellors
        self._whole = application.services
        self._played = Counter[str]()

    async def play(self, case: Case) -> Transcript:
        """One case from a fresh person on, with nobody on duty and every part working."""
        runner, transcript = self._application.running(), Transcript(case.id)
        finder = WatchedFinder(self._whole.finder)
        runner.services = replace(self._whole, finder=finder)
        await self._counsellors.duty(on=False)
        try:
            talk = await _Talk.begin(self._application, case, finder, self._played[case.id])
            self._played[case.id] += 1
            lines = script(case)
            while (turn := await lines.next(transcript)) is not None:
                if isinstance(turn, Say):
                    transcript.events.append(await talk.say(turn))
                else:
                    await self._do(turn, talk)
                    transcript.events.append(turn)
        except NoCase as missing:
            transcript.stopped = f"there is no case: {missing}"
        finally:
            runner.services = self._whole
        return transcript

    async def _do(self, deed: Deed, talk: "_Talk") -> None:
        if deed.do == "new_chat":
            await talk.new_chat()
        elif deed.do == "wait":
            await self._wait(timedelta(hours=deed.hours or 0))
        elif deed.do == "duty":
            await self._counsellors.duty(on=bool(deed.on))
        elif deed.do == "poison":
            talk.finder.poison.append(deed.text or "")
        elif deed.do == "fail":
            runner = self._application.running()
            runner.services = _without(runner.services, deed.part)
        else:
            passed = await self._counsellors.do(deed, talk.person)
            if passed is not None:
                await self._wait(passed)

    async def _wait(self, passed: timedelta) -> None:
        """Time passes, and the product looks over its rows as it does every few seconds."""
        s = self._whole
        await pass_time(s.database.engine, passed)
        await sweep(s.database, s.spool, s.ladder)


def _without(services: Services, part: str | None) -> Services:
    """The product with a part switched off."""
    match part:
        case "reader":
            return replace(services, sensor=Broken())
        case "generator":
            return replace(services, generator=Broken())
        case "index":
            return replace(services, finder=Broken())
        case _:
            return replace(services, guard=Broken())


class _Talk:
    """The person's side of one case."""

    def __init__(self, application: Application, person: UUID, case: Case, finder: WatchedFinder, times: int) -> None:
        self._application = application
        self._locale = case.locale
        # What is said in several ways is chosen by the id of the conversation: the same case gets the same words.
        self._ids = (uuid5(NAMESPACE_OID, f"{case.id}/{times}/{chat}") for chat in count())
        self._conversation: UUID | None = None
        self.person = person
        self.finder = finder

    @classmethod
    async def begin(cls, application: Application, case: Case, finder: WatchedFinder, times: int) -> "_Talk":
        async with application.services.database.unit_of_work() as work:
            person, _ = await work.people.create()
            await work.commit()
        talk = cls(application, person, case, finder, times)
        await talk.new_chat()
        return talk

    async def new_chat(self) -> None:
        async with self._application.services.database.unit_of_work() as work:
            country = self._locale.partition("-")[2] or "GB"
            started = await work.conversations.start(self.person, self._locale, country, next(self._ids))
            self._conversation = started.id
            await work.commit()

    async def say(self, say: Say) -> Exchange:
        """The message and what came back. Answered when ``follow`` ends."""
        runner, begun, words = self._application.running(), time.monotonic(), None
        assert self._conversation is not None
        turn_id = await runner.receive(self._conversation, self.person, uuid4(), say.say)
        async for part in runner.follow(turn_id):
            words = part if isinstance(part, Reply) else words
        assert words is not None
        seconds = time.monotonic() - begun
        record = await self._record(self._application.services, turn_id, words)
        return Exchange(say, words.text, seconds, record, words.sentences)

    async def _record(self, services: Services, turn_id: UUID, words: Reply) -> Record:
        """What the rows say after the reply."""
        async with services.database.unit_of_work() as work:
            hands = await hands_of(work, self.person, services.ladder.policy.grace)
            turn, case_id = await work.turns.get(turn_id), await work.cases.live_case_of(self.person)
        c = case_event.c
        async with services.database.engine.connect() as connection:
            noted = select(c.at).where(c.case_id == case_id).order_by(c.at).limit(1)
            case_at = None if case_id is None else (await connection.execute(noted)).scalar_one()
            answered = select(reply_row.c.created_at).where(reply_row.c.turn_id == turn_id)
            replied_at = (await connection.execute(answered)).scalar_one_or_none()
        reading = turn.reading if turn is not None else None
        felt = () if reading is None else tuple((e.label, e.score) for e in reading.emotions[:_FELT])
        return Record(
            tier=words.tier, card=words.card, case=case_id is not None,
            case_first=None if case_at is None else replied_at is not None and case_at <= replied_at,
            reached=hands.state, on_duty=hands.on_duty, origin=words.origin, strategy=words.strategy,
            names=hands.names, cited=tuple(self.finder.bodies.get(p, "") for p in words.passages), felt=felt,
        )  # fmt: skip


@asynccontextmanager
async def our_product(
    folder: Path, generator: GeneratorKind = "embedded", models: Models | None = None
) -> AsyncIterator[OurProduct]:
    """The product with everything warm, in an empty folder; its database server ends with it."""
    server = embedded.start(folder / "server")
    settings = Settings(
        data_dir=folder / "data",
        database=DatabaseSettings(url=server.url),
        generator=GeneratorSettings(kind=generator),
        alerts=AlertSettings(outside="duty-officer@evals.example"),
    )
    application = Application(settings, channels=(Kept(),))
    try:
        await application.start(models)
        await application.warm()
        services = application.services
        yield OurProduct(application, await Counsellors.arrive(services.database, services.desk))
    finally:
        await application.stop()
        embedded.stop(folder / "server")
