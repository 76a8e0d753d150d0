"""The composition root: makes every part from the settings and puts them together. Nothing else does.

Start has two phases. After the first, every turn is answered (reader, index, composer, database). The second brings the
guard and the language model, which take seconds to import and load; until then the composer answers alone.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from subprocess import SubprocessError
from typing import TypeVar

from langchain_core.language_models import BaseChatModel
from psycopg import Error as PostgresError
from sqlalchemy.exc import SQLAlchemyError

from agent.care import measures
from agent.domain.measure import Measure
from agent.domain.ports import Generator, TextSensor
from agent.ending import asked_to_end
from agent.errors import NotReady, Tampered
from agent.escalation import jobs
from agent.escalation.alerts import configured, ladder_policy
from agent.escalation.alerts.channels import Channel, Mailer
from agent.escalation.alerts.climb import Ladder
from agent.escalation.alerts.send import Post
from agent.escalation.desk.handling import Desk
from agent.escalation.spool import Spool
from agent.escalation.trusted import policy as trusted_policy
from agent.escalation.trusted.contacts import TrustedDesk
from agent.generation.composer import Composer
from agent.generation.model import ModelGenerator
from agent.graph.adapters import LateGenerator, LateGuard, SmallModelGenerator, ThreadedFinder, ThreadedReader
from agent.graph.failures import STORAGE_FAILED
from agent.graph.learned import LearnedChoice
from agent.graph.runner import Runner
from agent.graph.state import Limits, Services
from agent.privacy import lessons
from agent.reminding.send import RemindingDesk
from agent.safety.assess import RiskPolicy
from agent.safety.crisis import CrisisWords
from agent.safety.helplines import Helplines
from agent.safety.hints import Hints
from agent.safety.languages import Languages
from agent.safety.lexicon import Lexicon
from agent.safety.straight import Straight
from agent.safety.vetting import OutputGuard
from agent.settings import GeneratorSettings, Settings
from agent.storage import database, embedded
from agent.storage.bell import Bell
from agent.storage.crypto import MasterKey
from agent.storage.unit_of_work import Database
from classifiers.text import TextReader
from knowledge.embedding import Embedder
from knowledge.index import Index
from knowledge.retriever import Retriever
from prompts import load as load_prompt

log = logging.getLogger("handhold.bootstrap")
SWEEP_SECONDS = 5.0
REMIND_SECONDS = 30.0
#: For the process before us to put everything away, when a restart follows at once.
PATIENCE_SECONDS = 4.0
SERVER_FAILED: tuple[type[Exception], ...] = (*STORAGE_FAILED, SubprocessError)
SWITCH_WHILE_LOADING_SECONDS = 0.0001
DRAIN_SECONDS = 10.0
DATABASE_ANSWERS_SECONDS = 2.0
#: Nobody rings when the time of a planned job has come: it is late by up to this.
POLL_SECONDS = 0.5
#: Most jobs wait for a channel, up to ten seconds each: a slow mail server must not hold up the next case.
JOBS_AT_ONCE = 8
FEEDS_AT_ONCE = 3
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Models:
    """The parts that take time to load and hold nothing of any person: one set serves many applications."""

    embedder: Embedder
    sensor: TextSensor
    finder: ThreadedFinder
    lexicon: Lexicon
    composer: Composer
    hints: Hints
    words: CrisisWords
    straight: Straight
    languages: Languages
    risk_policy: RiskPolicy

    @classmethod
    def load(cls, parts: dict[str, str] | None = None) -> "Models":
        """Load all; ``NotReady`` names the part that cannot be loaded. ``parts`` is told how each fared."""
        told = {} if parts is None else parts
        embedder = _part(told, "embedding", Embedder)
        index = _part(told, "index", lambda: Index.load(embedder))
        return cls(
            embedder=embedder,
            sensor=ThreadedReader(_part(told, "reader", TextReader)),
            finder=ThreadedFinder(Retriever(embedder, index)),
            lexicon=_part(told, "lexicon", Lexicon.load),
            composer=_part(told, "composer", Composer.load),
            hints=Hints.load(),
            words=CrisisWords.load(),
            straight=Straight.load(),
            languages=Languages.load(),
            risk_policy=RiskPolicy.load(),
        )


def _part(parts: dict[str, str], name: str, load: Callable[[], T]) -> T:
    try:
        made = load()
    except (OSError, ValueError, RuntimeError) as error:
        parts[name] = "failed"
        raise NotReady(f"The part '{name}' cannot be loaded: {error}") from error
    parts[name] = "ok"
    return made


@dataclass(slots=True)
class Application:
    """One running process. ``channels``, when given, are used instead of the configured ones (tests)."""

    settings: Settings
    channels: tuple[Channel, ...] | None = None
    parts: dict[str, str] = field(default_factory=dict)
    runner: Runner | None = None
    lock: embedded.FolderLock | None = None
    conninfo: str = ""
    bell: Bell = field(default_factory=lambda: Bell(""))
    #: The questionnaires that can be filled in here, by key.
    measures: dict[str, Measure] = field(default_factory=dict)
    #: However many people listen, their feeds take so many connections and leave the others to the turns.
    feeds: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FEEDS_AT_ONCE))
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether a turn would be answered."""
        return self.runner is not None

    def running(self) -> Runner:
        """The runner; ``NotReady`` while there is none."""
        if self.runner is None:
            raise NotReady("Handhold is still starting. Please try again in a moment.")
        return self.runner

    @property
    def services(self) -> Services:
        """What the nodes use."""
        return self.running().services

    @property
    def reminding(self) -> RemindingDesk:
        """What can be done about reminders."""
        trusted = self.services.trusted
        return RemindingDesk(trusted.database, trusted.mailer, trusted.base_url)

    async def start(self, models: Models | None = None, chat_model: BaseChatModel | None = None) -> None:
        """Phase one, then phase two in the background. What is given is used instead of loading it (tests)."""
        begun = time.monotonic()
        guard, generator = LateGuard(), LateGenerator()
        post = await asyncio.to_thread(self._post)  # first: an address that cannot be used is found before all else
        self.measures = await asyncio.to_thread(self._measures)
        _, loaded = await asyncio.gather(self._open_database(), asyncio.to_thread(_models, models, self.parts))
        services = self._assemble(loaded, guard, generator, post)
        runner = Runner(services)
        alone = self.settings.database.url is None
        await runner.recover(alone=alone)
        self.runner, self.bell = runner, Bell(self.conninfo)
        log.info("ready", extra={"seconds": round(time.monotonic() - begun, 2)})
        self._tasks.append(
            asyncio.create_task(self._load_generator(guard, generator, loaded.embedder, chat_model), name="generator")
        )
        self._tasks.append(asyncio.create_task(self._work(), name="worker"))
        self._tasks.append(asyncio.create_task(self.bell.listen(), name="bell"))
        self._tasks.append(asyncio.create_task(runner.watch(SWEEP_SECONDS, alone=alone), name="watch"))
        self._tasks.append(asyncio.create_task(self._remind(), name="reminders"))
        if self.settings.database.url is None:
            self._tasks.append(asyncio.create_task(self._keep_server(), name="server"))

    async def warm(self) -> None:
        """Wait for phase two."""
        await self._tasks[0]

    async def stop(self) -> None:
        """Finish running turns, stop the helpers, close the database. The embedded server is left to ``serve``."""
        self.bell.close()
        if self.runner is not None:
            await self.runner.drain(DRAIN_SECONDS)
        for task in self._tasks:
            task.cancel()
        late = (await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS))[1] if self._tasks else set()
        for task in late:  # what hangs must not keep the database open; its job is taken up at the next start
            log.warning("task_did_not_stop", extra={"part": task.get_name()})
        await asyncio.gather(*(t for t in self._tasks if t not in late), return_exceptions=True)
        if self.runner is not None:
            await self.runner.services.database.close()
        if self.lock is not None:
            self.lock.release()
        self.runner = None

    async def database_answers(self) -> bool:
        """Whether the database takes a question right now."""
        try:
            async with asyncio.timeout(DATABASE_ANSWERS_SECONDS), self.services.database.engine.connect() as connection:
                await connection.exec_driver_sql("SELECT 1")
        except (PostgresError, SQLAlchemyError, OSError, TimeoutError):
            return False
        return True

    def _post(self) -> Post:
        """The ways out of this building."""
        alerts = self.settings.alerts
        given = configured.channels(alerts) if self.channels is None else self.channels
        return Post(given, alerts.base_url, alerts.outside)

    def _measures(self) -> dict[str, Measure]:
        try:
            return measures.load(self.settings.care.measure_texts)
        except ValueError as error:
            raise NotReady(f"The questionnaires cannot be loaded: {error}", code="bad_measures") from error

    async def _open_database(self) -> None:
        lock = embedded.FolderLock(self.settings.data_dir)
        await asyncio.to_thread(lock.acquire, PATIENCE_SECONDS)
        self.lock = lock
        url = self.settings.database.url
        if url is not None:
            self.conninfo = url.get_secret_value()
        else:
            self.conninfo = (await asyncio.to_thread(embedded.start, self.settings.data_dir)).url
        try:
            await asyncio.to_thread(database.migrate, self.conninfo)
        except (PostgresError, SQLAlchemyError) as error:
            raise NotReady("The database does not answer or refuses us. 'handhold doctor' says more.") from error
        self.parts["database"] = "ok"

    def _assemble(self, models: Models, guard: LateGuard, generator: LateGenerator, post: Post) -> Services:
        settings = self.settings
        master = master_key(settings, self.conninfo)
        app = jobs.queue(self.conninfo)
        store = Database(database.engine(self.conninfo, settings.database.pool_size), master, app)
        ladder = Ladder(store, ladder_policy.load(settings.alerts.quiet), post)
        jobs.register(app, store, ladder, post)
        lessons.register(app, store)
        mailer = next((c for c in post.channels if isinstance(c, Mailer)), None)
        trusted = TrustedDesk(store, trusted_policy.load(ladder.policy.quiet), mailer, post.base_url)
        jobs.register_trusted(app, trusted)
        return Services(
            database=store,
            spool=Spool(settings.data_dir / "spool", master.spool_key()),
            ladder=ladder,
            desk=Desk(store, ladder.policy, ladder.can_reach, settings.safety.learn_from_cases),
            trusted=trusted,
            sensor=models.sensor,
            lexicon=models.lexicon,
            hints=models.hints,
            risk_policy=models.risk_policy,
            helplines=Helplines.load(settings.safety.default_country),
            words=models.words,
            straight=models.straight,
            languages=models.languages,
            finder=models.finder,
            composer=models.composer,
            generator=None if settings.generator.kind == "authored" else generator,
            guard=guard,
            chooser=LearnedChoice(store) if settings.care.learn_what_helps else None,
            limits=Limits(generate=settings.generator.timeout_seconds),
            card_again_after=settings.safety.card_again_after_turns,
        )

    async def _load_generator(
        self, guard: LateGuard, generator: LateGenerator, embedder: Embedder, model: BaseChatModel | None
    ) -> None:
        kind = self.settings.generator.kind
        if kind == "authored":
            return
        self.parts["generator"] = "loading"
        # Imports hold the interpreter for seconds: a turn that comes meanwhile gets it back after this long, not 5 ms.
        usual = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_WHILE_LOADING_SECONDS)
        try:
            guard.inner = await asyncio.to_thread(OutputGuard.load)
            generator.inner = await asyncio.to_thread(_generator, self.settings, embedder, model)
        except (NotReady, OSError, ValueError, RuntimeError, ImportError) as error:
            self.parts["generator"] = "absent: authored replies only"
            log.warning("generator_absent", extra={"code": type(error).__name__, "part": kind})
            return
        finally:
            sys.setswitchinterval(usual)
        self.parts["generator"] = "ok"
        log.info("generator_ready", extra={"part": kind})

    async def _work(self) -> None:
        """Run the queue; begin again after whatever stops it."""
        queue = self.services.database.jobs
        while not asked_to_end():
            try:
                async with queue.open_async():
                    await queue.run_worker_async(
                        concurrency=JOBS_AT_ONCE, install_signal_handlers=False, delete_jobs="successful",
                        listen_notify=True, fetch_job_polling_interval=POLL_SECONDS,
                        shutdown_graceful_timeout=DRAIN_SECONDS,
                    )  # fmt: skip
            except Exception as error:  # whatever it is: without a worker nobody is told
                log.exception("worker_failed", extra={"code": type(error).__name__})
            await asyncio.sleep(1)

    async def _remind(self) -> None:
        """Send the reminders that are due, every half minute; begin again after whatever stops it."""
        while self.reminding.available and not asked_to_end():
            await asyncio.sleep(REMIND_SECONDS)
            try:
                await self.reminding.send_due(datetime.now(UTC))
            except Exception as error:  # nobody is in danger for it, and tomorrow's is not to be lost
                log.exception("reminders_failed", extra={"code": type(error).__name__})

    async def _keep_server(self) -> None:
        """The embedded server is ours: if it is killed, nobody else starts it again."""
        while not asked_to_end():
            await asyncio.sleep(SWEEP_SECONDS)
            if await self.database_answers():
                continue
            try:
                await asyncio.to_thread(embedded.start, self.settings.data_dir)
            except SERVER_FAILED as error:
                log.critical("database_not_revived", extra={"code": type(error).__name__})


def _models(given: Models | None, parts: dict[str, str]) -> Models:
    return given if given is not None else Models.load(parts)


def master_key(settings: Settings, conninfo: str) -> MasterKey:
    """The key that fits this database; a new one only for a database without people. ``NotReady`` otherwise."""
    someone = database.a_wrapped_key(conninfo)
    if someone is None:
        return MasterKey.load_or_create(settings.key_file)
    master = MasterKey.load(settings.key_file)
    try:
        master.unwrap(*someone)
    except Tampered as error:
        raise NotReady(
            f"The master key at {settings.key_file} is not the one of this database. Put the right one there.",
            code="wrong_key_file",
        ) from error
    return master


def _generator(settings: Settings, embedder: Embedder, model: BaseChatModel | None) -> Generator:
    chosen: GeneratorSettings = settings.generator
    if model is not None:
        return ModelGenerator(model, load_prompt("support"), "given")
    if chosen.kind == "openai":
        if chosen.base_url is None:
            raise NotReady("Name the address of the model: HANDHOLD_GENERATOR__BASE_URL", code="no_base_url")
        from agent.generation.remote import remote_model  # noqa: PLC0415  (a second of imports only where it is used)

        return ModelGenerator(remote_model(chosen), load_prompt("support"), chosen.model)
    if chosen.kind == "scripted":
        from agent.generation.scripted import ScriptedModel  # noqa: PLC0415

        return ModelGenerator(ScriptedModel(), load_prompt("support"), "scripted")
    from agent.generation.embedded import FILE, EmbeddedModel  # noqa: PLC0415

    small = EmbeddedModel(socket_folder=_run_folder(settings.data_dir), temperature=min(chosen.temperature, 0.5))
    small.load()
    return SmallModelGenerator(ModelGenerator(small, load_prompt("support_small"), FILE), embedder)


def _run_folder(data_dir: Path) -> Path:
    """For the model's socket. Unix socket paths must be short."""
    folder = data_dir / "run"
    if len(str(folder)) < 80:  # noqa: PLR2004  (the limit is 108 bytes with the file's name)
        return folder
    from tempfile import mkdtemp  # noqa: PLC0415

    return Path(mkdtemp(prefix="handhold-"))
