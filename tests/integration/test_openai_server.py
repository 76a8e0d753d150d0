"""The ``openai`` kind against a real OpenAI-compatible server process, and against everything that is not one."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from conftest import ROOT, talk
from failing import FixedSensor, put
from model_server import KEY

from agent.bootstrap import Application, Models
from agent.domain.turn import Reply
from agent.errors import NotReady
from agent.generation.embedded import weights
from agent.settings import GeneratorSettings, Settings
from prompts import load as load_prompt

pytestmark = pytest.mark.loopback
HARMLESS = "I had a long quarrel with my sister about the flat and now we do not talk."
DANGER = "I am going to kill myself tonight."


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The server's base URL."""
    try:
        weights()
    except NotReady as error:
        pytest.skip(error.message)
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests")))
    with subprocess.Popen(
        [sys.executable, "-m", "model_server"], cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        yield f"{process.stdout.readline().strip()}/v1"
        process.terminate()


@asynccontextmanager
async def talking_to(
    settings: Settings, models: Models, base_url: str, key: str = KEY, seconds: float = 60
) -> AsyncIterator[Application]:
    """The product with a model at that address; the reader calm, so that only the model decides."""
    generator = GeneratorSettings(
        kind="openai", base_url=base_url, api_key=key, model="small", max_tokens=48, timeout_seconds=seconds
    )
    application = Application(settings.model_copy(update={"generator": generator}))
    await application.start(models)
    try:
        await application.warm()
        put(application, sensor=FixedSensor())
        yield application
    finally:
        await application.stop()


async def timed(application: Application, text: str) -> tuple[Reply, float]:
    begun = time.monotonic()
    reply = await (await talk(application)).say(text)
    return reply, time.monotonic() - begun


async def test_a_turn_is_drafted_by_the_server_or_the_guard_says_why_not(
    settings: Settings, models: Models, address: str
) -> None:
    async with talking_to(settings, models, address) as application:
        assert application.parts["generator"] == "ok"
        reply, _ = await timed(application, HARMLESS)
        danger, _ = await timed(application, DANGER)
    assert reply.origin in {"generated", "guard"}
    assert (reply.origin == "guard") == bool(reply.reasons)
    assert "guard_failed" not in reply.reasons
    assert (reply.model, reply.prompt_hash) == ("small", load_prompt("support").hash)
    assert reply.text.strip()
    assert (danger.origin, danger.model) == ("crisis", "")


async def test_a_wrong_key_gives_an_authored_reply_at_once(settings: Settings, models: Models, address: str) -> None:
    async with talking_to(settings, models, address, key="sk-wrong") as application:
        reply, seconds = await timed(application, HARMLESS)
    assert (reply.origin, reply.card) == ("authored", False)
    assert seconds < 5


async def test_a_server_that_is_gone_gives_an_authored_reply_at_once(settings: Settings, models: Models) -> None:
    async with refused() as base_url, talking_to(settings, models, base_url) as application:
        reply, seconds = await timed(application, HARMLESS)
    assert (reply.origin, reply.card) == ("authored", False)
    assert seconds < 5


@asynccontextmanager
async def refused() -> AsyncIterator[str]:
    """An address where nobody listens any more."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    yield f"http://127.0.0.1:{port}/v1"


#: Answers that servers give which are not what they say they are.
ODD = {
    "a page": ("200 OK", "text/html", "<html><body>Welcome to the gateway</body></html>"),
    "not JSON": ("200 OK", "application/json", "{oops"),
    "no choices": ("200 OK", "application/json", '{"id": "1", "object": "chat.completion"}'),
    "null choices": ("200 OK", "application/json", '{"id": "1", "choices": null}'),
    "empty choices": ("200 OK", "application/json", '{"id": "1", "choices": []}'),
    "no message": ("200 OK", "application/json", '{"id": "1", "choices": [{"index": 0}]}'),
    "null content": ("200 OK", "application/json", '{"choices": [{"message": {"role": "assistant"}}]}'),
    "a list": ("200 OK", "application/json", "[]"),
    "a string": ("200 OK", "application/json", '"hello"'),
    "too many": ("429 Too Many Requests", "application/json", '{"error": {"message": "slow down"}}'),
    "broken": ("500 Internal Server Error", "text/plain", "boom"),
    "elsewhere": ("302 Found\r\nLocation: http://127.0.0.1:9/", "text/plain", ""),
}  # fmt: skip


@asynccontextmanager
async def answering(write: Callable[[asyncio.StreamWriter], None]) -> AsyncIterator[str]:
    """A server that reads a request and then does what it is told to."""
    served: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(asyncio.current_task())
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(size)
        write(writer)
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()
        for task in served:
            task.cancel()


async def test_whatever_else_answers_there_the_reply_is_authored(settings: Settings, models: Models) -> None:
    now: dict[str, tuple[str, str, str]] = {}
    asked: list[str] = []

    def odd(writer: asyncio.StreamWriter) -> None:
        status, kind, body = now["answer"]
        asked.append(status)
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(f"{head}{body}".encode())

    async with answering(odd) as base_url, talking_to(settings, models, base_url) as application:
        for name, answer in ODD.items():
            now["answer"] = answer
            reply, seconds = await timed(application, HARMLESS)
            assert (reply.origin, reply.card) == ("authored", False), name
            assert seconds < 5, name
    assert len(asked) == len(ODD), "each was asked once: nothing is tried again while a person waits"


async def test_a_server_that_never_answers_is_waited_for_as_long_as_was_set(settings: Settings, models: Models) -> None:
    async with (
        answering(lambda _: None) as base_url,
        talking_to(settings, models, base_url, seconds=0.5) as application,
    ):
        reply, seconds = await timed(application, HARMLESS)
    assert (reply.origin, reply.card) == ("authored", False)
    assert 0.5 <= seconds < 5
