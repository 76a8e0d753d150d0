"""Run as a program by test_no_network: the whole product with its embedded model, where no network may be used.

An audit hook stands in front of every Python call that would reach one, and raises. Native code is not seen by it, so
the sockets that the process and its database server hold are looked at as well, again and again. ``--trip`` breaks both
rules on purpose instead. What was seen is written to standard output as JSON.
"""

import asyncio
import ctypes
import json
import os
import socket
import sys
import threading
import urllib.request
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psutil

SWITCHES = (
    "ORT_DISABLE_TELEMETRY", "OTEL_SDK_DISABLED", "LITELLM_LOCAL_MODEL_COST_MAP", "LANGSMITH_TRACING",
    "LANGCHAIN_TRACING_V2", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK",
)  # fmt: skip
WATCHED = ("onnxruntime", "guardrails", "langchain_core", "langsmith", "huggingface_hub", "litellm", "opentelemetry")
_ADDRESSED = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}
_NAMED = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "http.client.connect", "urllib.Request"}

tried: list[str] = []
started: list[str] = []
switches_at_import: dict[str, dict[str, str | None]] = {}


def hook(event: str, args: tuple) -> None:
    """Refuse the network, and write down what starts and what is imported with which switches."""
    if event in _NAMED or (event in _ADDRESSED and args[0].family != socket.AF_UNIX):
        # urllib3 finds out at import whether there is IPv6 by binding a socket that it throws away.
        if sys._getframe(1).f_globals["__name__"] != "urllib3.util.connection":
            tried.append(f"{event} {args[1:]}")
        raise PermissionError(f"no network here: {event}")
    if event == "subprocess.Popen":
        started.append(Path(os.fsdecode(args[0])).name)
    elif event == "import" and args[0] in WATCHED and args[0] not in switches_at_import:
        switches_at_import[args[0]] = {name: os.environ.get(name) for name in SWITCHES}


SAID = (
    "I feel so lonely since my brother moved away.",
    "I keep thinking about how we used to cook together on Sundays.",
    "I am going to kill myself tonight.",
)


class Census:
    """Looks at the internet sockets of this process, its children and the database server until it is closed."""

    def __init__(self, folder: Path) -> None:
        self.seen: set[str] = set()
        self.looks = 0
        self._folder = folder
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def look(self) -> None:
        me, cluster = psutil.Process(), str((self._folder / "postgres").resolve())
        server = [p for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == cluster]
        for process in (me, *me.children(recursive=True), *server):
            with suppress(psutil.NoSuchProcess):
                held = process.net_connections("inet")
                self.seen |= {f"{process.name()} {c.laddr} {c.raddr} {c.status}" for c in held}
        self.looks += 1

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            self.look()

    def close(self) -> None:
        self._over.set()
        self._thread.join()


def count_calls(kind: type, name: str, calls: dict[str, int]) -> None:
    """Count how often a method is called."""
    real = getattr(kind, name)

    def counted(*given: object, **named: object) -> object:
        calls[name] = calls.get(name, 0) + 1
        return real(*given, **named)

    setattr(kind, name, counted)


async def use(folder: Path) -> dict[str, object]:
    """Start, talk, have a model's words vetted, stop. Nothing of ours was imported before the hook stood."""
    from agent.bootstrap import Application  # noqa: I001  (the product first: it sets the switches)
    from agent.commands.replay import final_reply
    from agent.generation.embedded import EmbeddedModel
    from agent.generation.model import ModelGenerator
    from agent.generation.scripted import ScriptedModel
    from agent.safety.vetting import OutputGuard
    from agent.settings import Settings
    from prompts import load as load_prompt
    from failing import FixedSensor, put

    calls: dict[str, int] = {}
    count_calls(EmbeddedModel, "_generate", calls)
    count_calls(OutputGuard, "vet", calls)
    application = Application(Settings(data_dir=folder))
    await application.start()
    await application.warm()
    runner = application.running()
    async with application.services.database.unit_of_work() as work:
        person, _ = await work.people.create()
        conversation = await work.conversations.start(person, "en-GB", "GB")
        await work.commit()

    async def say(text: str) -> str:
        return (await final_reply(application, await runner.receive(conversation.id, person, uuid4(), text))).origin

    sensor = application.services.sensor
    put(application, sensor=FixedSensor())
    origins = [await say(SAID[0]), await say(SAID[1])]
    put(application, generator=ModelGenerator(ScriptedModel(), load_prompt("support"), "scripted"))
    origins.append(await say(SAID[1]))
    put(application, sensor=sensor)
    origins.append(await say(SAID[2]))
    parts = dict(application.parts)
    await application.stop()
    return {"origins": origins, "calls": calls, "parts": parts}


def trip() -> None:
    """Both controls: a call that the hook must refuse, and a socket that only the census can see."""
    for reach in (
        lambda: urllib.request.urlopen("http://127.0.0.1:9/"),
        lambda: socket.create_connection(("127.0.0.1", 9)),
        lambda: socket.socket().bind(("127.0.0.1", 0)),
    ):
        try:
            reach()
        except OSError:
            continue
        raise AssertionError("the hook let it through")
    global held  # noqa: PLW0603  (kept open until the process ends)
    held = socket.socket()
    assert ctypes.CDLL(None).listen(held.fileno(), 1) == 0


def main() -> None:
    """One run in the folder that is named."""
    sys.addaudithook(hook)
    folder = Path(sys.argv[1])
    census = Census(folder)
    used: dict[str, object] = {}
    try:
        if "--trip" in sys.argv:
            trip()
            census.look()
        else:
            used = asyncio.run(use(folder))
            stop(folder)
    finally:
        census.close()
    found = {**used, "tried": tried, "started": started, "switches": switches_at_import}
    sys.stdout.write(json.dumps({**found, "sockets": sorted(census.seen), "looks": census.looks}) + "\n")


def stop(folder: Path) -> None:
    """The database server outlives its process; this folder is thrown away."""
    from agent.storage import embedded

    embedded.stop(folder)


if __name__ == "__main__":
    main()
