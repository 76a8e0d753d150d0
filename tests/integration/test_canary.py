"""A canary sentence goes through full turns and is then looked for in everything that outlives them."""

import base64
import gc
import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from conftest import talk
from device import new_device
from failing import Broken, FixedSensor, Says, put
from psycopg import sql
from psycopg.conninfo import make_conninfo

from agent.api.series import exposition
from agent.bootstrap import Application
from agent.observability import logs
from agent.safety.vetting import OutputGuard
from agent.storage.embedded import EmbeddedServer
from agent.storage.repositories.cases import Cases

TOKENS = ("zorblattic", "vexmoorish", "quandrifex")
CANARY = " ".join(TOKENS)
ORDINARY = f"My neighbour {CANARY} was loud again and I am tired of it."
DANGER = f"I am going to kill myself tonight, tell {CANARY} I am sorry."


def traces(found: bytes) -> list[str]:
    """Which tokens stand in these bytes in any form that needs no key to read."""
    low, hits = found.lower(), []
    for token in TOKENS:
        plain = token.encode()
        # base64 of the word at each of its three offsets, less the characters that its neighbours decide.
        coded = [base64.b64encode(b"\0" * k + plain).lower()[4 : -4 or None] for k in range(3)]
        forms = [plain, token.encode("utf-16-le"), plain.hex().encode(), *coded]
        hits += [token for form in forms if form in low]
    return hits


class AnyError(Exception):
    """Of no kind that a node expects."""


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The product's own logging at DEBUG, on a stream that can be read; every other logger is made as loud."""
    stream = io.StringIO()
    root, ours = logging.getLogger(), logging.getLogger("handhold")
    before = (root.handlers[:], root.level, ours.level)
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure("DEBUG")
    root.setLevel(logging.DEBUG)
    for name in ("sqlalchemy.engine", "psycopg", "procrastinate", "langchain_core", "openai", "httpx", "asyncio"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    yield stream
    root.handlers[:], root.level, ours.level = before


def rows_of_all_tables(conninfo: str) -> dict[str, bytes]:
    """Every table outside PostgreSQL's own schemas, as text; bytes as hexadecimal, and as they are."""
    tables = """SELECT table_schema, table_name FROM information_schema.tables
                WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"""
    found = {}
    with psycopg.connect(conninfo) as connection:
        for schema, name in connection.execute(tables).fetchall():
            for form in ("TEXT", "BINARY"):
                copy = sql.SQL("COPY {} TO STDOUT (FORMAT {})").format(sql.Identifier(schema, name), sql.SQL(form))
                with connection.cursor().copy(copy) as data:
                    found[f"{schema}.{name} {form}"] = b"".join(bytes(part) for part in data)
    return found


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def cluster_of(server: EmbeddedServer, conninfo: str) -> Path:
    """The server's folder, after everything in memory was written to it."""
    with psycopg.connect(server.admin, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        (folder,) = connection.execute("SHOW data_directory").fetchone()
    assert conninfo
    return Path(folder)


async def full_turns(
    application: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> list[bytes]:
    """Ordinary, dangerous and broken turns; every exception holds the canary. Returns what was spooled meanwhile."""

    def bad(kind: type[Exception]) -> Exception:
        return kind(f"cannot read: {CANARY}")

    real = application.services
    put(
        application,
        sensor=FixedSensor(),
        guard=OutputGuard.load(),
        generator=Says(f"It sounds like {CANARY} is hard to live beside. What happened today?"),
    )
    talker = await talk(application)
    assert CANARY in (await talker.say(ORDINARY)).text
    put(application, generator=Says(f"You should double your dose, {CANARY}. I am human."))
    assert (await talker.say(ORDINARY)).origin == "guard"
    for error in (bad(RuntimeError), bad(AnyError)):
        put(application, generator=Broken(error))
        await (await talk(application)).say(ORDINARY)
        put(application, generator=None, sensor=Broken(error))
        await (await talk(application)).say(ORDINARY)
        put(application, sensor=FixedSensor(), lexicon=Broken(error))
        await (await talk(application)).say(DANGER)
        put(application, lexicon=real.lexicon)
    put(application, sensor=real.sensor)
    assert (await (await talk(application)).say(DANGER)).origin == "crisis"

    async def fails(*_: object) -> None:
        raise bad(psycopg.OperationalError)

    with monkeypatch.context() as broken:
        broken.setattr(Cases, "open_or_add", fails)
        assert (await (await talk(application)).say(DANGER)).reasons == ("case_not_stored",)
        # Looked at now: the sweep stores it within seconds.
        spooled = [path.read_bytes() for path in application.services.spool.pending()]
        assert spooled

    device = await new_device(client)
    assert (await device.say(ORDINARY))["text"]
    assert (await device.say(DANGER))["origin"] == "crisis"
    turn = uuid4()
    await device.say(ORDINARY, turn)
    refused = [
        await device.post(f"{ORDINARY}!", turn),
        await device.post(ORDINARY, CANARY),
        await device.post_raw(f'{{"text": "{CANARY}'.encode()),
        await client.get(f"/v1/conversations/{CANARY}", headers=device.headers),
        await client.get("/v1/conversations", headers={"Authorization": f"Bearer {CANARY}"}),
    ]
    assert [r.status_code for r in refused] == [409, 422, 422, 422, 401]
    assert not any(traces(r.content) for r in refused), "errors never say back what was sent"
    logging.getLogger("sqlalchemy.engine").error("statement %s", CANARY, extra={"part": CANARY, "code": CANARY})
    logging.getLogger("handhold.api").error(CANARY, extra={"words": CANARY}, exc_info=bad(ValueError))
    return spooled


async def test_the_canary_is_found_nowhere(
    application: Application, client: httpx.AsyncClient, server: EmbeddedServer, conninfo: str, log_lines: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    spooled = await full_turns(application, client, monkeypatch)

    lines = log_lines.getvalue()
    for event in ("turn_failed", "generator_failed", "sensor_failed", "case_not_stored", "case_open", "foreign"):
        assert f'"event": "{event}"' in lines, "the control: these turns were logged"
    assert [line for line in lines.splitlines() if traces(line.encode())] == []

    metrics = application.running().metrics
    counted = {s.labels["origin"] for s in metrics.turns.collect()[0].samples if s.name.endswith("_total") and s.value}
    assert {"generated", "guard", "crisis", "fallback"} <= counted
    told = await exposition(application)
    assert b"handhold_database_up 1" in told
    assert traces(told) == []

    held = [o for o in gc.get_objects() if str(type(o).__module__).startswith("guardrails.")]
    assert [o for o in held if type(o).__name__ == "Guard"], (
        "the control: there is a guard, which keeps a history if it is let"
    )
    assert [o for o in held if traces(repr(o).encode("utf-8", "replace"))] == []

    dumped = rows_of_all_tables(conninfo)
    assert {"public.turn TEXT", "public.case_event BINARY", "public.procrastinate_jobs TEXT"} <= dumped.keys()
    assert len(dumped["public.turn TEXT"].splitlines()) > 8
    assert [name for name, content in dumped.items() if traces(content)] == []

    files = files_of(cluster_of(server, conninfo)) | files_of(application.settings.data_dir)
    assert any(name.startswith("pg_wal/0") for name in files)
    assert not any(traces(content) for content in spooled)
    assert [name for name, content in files.items() if traces(content)] == []


def test_a_word_left_in_the_clear_would_be_found(server: EmbeddedServer, conninfo: str, tmp_path: Path) -> None:
    """The control of the search: other words, in clear and coded, in a table, in the server's files and in a file."""
    token = f"nightjarrow{uuid4().hex[:6]}"
    with psycopg.connect(conninfo) as connection:
        connection.execute("CREATE TABLE left_open (words text, raw bytea)")
        connection.execute("INSERT INTO left_open VALUES (%s, %s)", (f"a {token} b", f"{token}".encode()))
    dumped = rows_of_all_tables(conninfo)
    assert token.encode() in dumped["public.left_open TEXT"]
    assert token.encode() in dumped["public.left_open BINARY"]
    files = files_of(cluster_of(server, make_conninfo(conninfo)))
    holding = [name for name, content in files.items() if token.encode() in content]
    assert any(name.startswith("base/") for name in holding)
    assert any(name.startswith("pg_wal/") for name in holding)
    for coded in (
        CANARY.upper().encode(), CANARY.encode("utf-16-le"), CANARY.encode().hex().encode(),
        *(base64.b64encode(b"x" * k + CANARY.encode()) for k in range(3)),
    ):  # fmt: skip
        (tmp_path / "kept").write_bytes(b"junk" + coded)
        assert traces(files_of(tmp_path)["kept"]), coded
