"""One embedded PostgreSQL for the whole run, a fresh database for each test, and no network."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from databases import open_folder, scratch
from processes import process
from pytest_socket import disable_socket

from agent.api.app import create
from agent.bootstrap import Application, Models
from agent.commands.replay import final_reply
from agent.domain.turn import Reply
from agent.graph.state import Limits
from agent.settings import DatabaseSettings, GeneratorSettings, Settings
from agent.storage import database, embedded

pytest.register_assert_rewrite("queue_day", "queue_laws")
TEMPLATE = "handhold_template"
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest) -> None:
    """Unix sockets (PostgreSQL, the event loop) and nothing else, but for tests that are marked to use loopback."""
    if request.node.get_closest_marker("loopback") is None:
        disable_socket(allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still for some seconds does not change what a test finds out about the product."""
    monkeypatch.setattr("agent.bootstrap.Limits", partial(Limits, read=60.0, retrieve=60.0, guard=60.0, store=60.0))


@pytest.fixture(scope="session")
def server() -> Iterator[embedded.EmbeddedServer]:
    """The embedded server, with a migrated template database."""
    with open_folder() as data:
        yield from _serve(data)


def _serve(data: Path) -> Iterator[embedded.EmbeddedServer]:
    running = embedded.start(data)
    with psycopg.connect(running.admin, autocommit=True) as connection:
        # Nothing here has to outlive a power cut, and dropping hundreds of databases would wait for the disk.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f"CREATE DATABASE {TEMPLATE} OWNER {embedded.ROLE}")
    database.migrate(running.database_url(TEMPLATE))
    yield running
    embedded.stop(data)


@pytest.fixture
def conninfo(server: embedded.EmbeddedServer) -> Iterator[str]:
    """A fresh, migrated database."""
    name = f"t_{uuid4().hex}"
    with psycopg.connect(server.admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER {embedded.ROLE}")
    yield server.database_url(name)
    with psycopg.connect(server.admin, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def models() -> Models:
    """The real models, loaded once."""
    return Models.load()


@pytest.fixture
def settings(conninfo: str, tmp_path: Path) -> Settings:
    """Authored replies only; tests that want a model say so."""
    return Settings(
        data_dir=tmp_path / "data",
        database=DatabaseSettings(url=conninfo),
        generator=GeneratorSettings(kind="authored"),
    )


@pytest.fixture
async def application(settings: Settings, models: Models) -> AsyncIterator[Application]:
    """The running product on a fresh database."""
    app = Application(settings)
    await app.start(models)
    yield app
    await app.stop()


@dataclass
class Talker:
    """A person talking to the product without HTTP."""

    application: Application
    person: UUID
    conversation: UUID

    async def say(self, text: str, turn_id: UUID | None = None) -> Reply:
        """Send a message and wait for the reply."""
        runner = self.application.running()
        row = await runner.receive(self.conversation, self.person, turn_id or uuid4(), text)
        return await final_reply(self.application, row)

    async def anew(self, locale: str = "en-GB") -> "Talker":
        """The same person in a new conversation."""
        return await talk(self.application, self.person, locale)


async def talk(application: Application, person: UUID | None = None, locale: str = "en-GB") -> Talker:
    """A new conversation, by a new person unless one is given."""
    services = application.services
    async with services.database.unit_of_work() as work:
        who = person or (await work.people.create())[0]
        started = await work.conversations.start(who, locale, services.helplines.country_of(locale))
        await work.commit()
    return Talker(application, who, started.id)


@pytest.fixture
async def talker(application: Application) -> Talker:
    """One person, one conversation."""
    return await talk(application)


@pytest.fixture
async def client(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP against the real application, in process."""
    transport = httpx.ASGITransport(create(application), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        yield http


@pytest.fixture(scope="module")
async def shared_client(
    server: embedded.EmbeddedServer, models: Models, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """One application for a whole file of tests that each bring their own person and look at nothing else."""
    with scratch(server, TEMPLATE) as url:
        settings = Settings(
            data_dir=tmp_path_factory.mktemp("shared"),
            database=DatabaseSettings(url=url),
            generator=GeneratorSettings(kind="authored"),
        )
        async with process(settings, models) as (_, http):
            yield http
