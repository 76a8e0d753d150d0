"""One node: the real product (API, worker, sweep, database) with scripted models, forked from a warm parent.

Run as a program it is the parent: it loads what takes time once, then forks a node for each line of orders (JSON) on
standard input and answers with its process id. A restart costs a fork and the product's own start.
"""

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
import uvicorn
from pydantic import SecretStr

from agent.api.app import create
from agent.bootstrap import Application, Models
from agent.errors import HandholdError
from agent.observability.logs import configure
from agent.settings import AlertSettings, DatabaseSettings, GeneratorSettings, Settings, WebhookSettings
from evals.drill import bending, mutants, scripted
from evals.drill.failpoints import Failpoints

OUTSIDE = "duty-officer@outside.example"
DID_NOT_START = 4


@dataclass(frozen=True, slots=True)
class Orders:
    """What a node is to be. ``url`` is empty for the node with an embedded server of its own."""

    data_dir: str
    key_file: str
    url: str
    cluster: str
    socket: str
    control: str
    webhook: str
    secret: str
    mutant: str = ""

    def settings(self) -> Settings:
        """The product's own settings."""
        return Settings(
            data_dir=Path(self.data_dir),
            master_key_file=Path(self.key_file),
            database=DatabaseSettings(url=SecretStr(self.url) if self.url else None),
            generator=GeneratorSettings(kind="authored"),
            alerts=AlertSettings(
                base_url="https://drill.example",
                webhook=WebhookSettings(url=SecretStr(self.webhook), secret=SecretStr(self.secret)),
                outside=OUTSIDE,
            ),
        )

    def line(self) -> str:
        """As the parent reads it."""
        return json.dumps(asdict(self)) + "\n"


class _Server(uvicorn.Server):
    """Ends by SIGKILL and by nothing else."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


async def serve(orders: Orders, models: Models) -> None:
    """Listen and work until killed. One that cannot start is gone at once, as by a signal: nobody gets an answer."""
    application = Application(orders.settings())
    app = create(application)
    server = _Server(uvicorn.Config(app, uds=orders.socket, log_config=None, access_log=False, lifespan="on"))
    serving = asyncio.create_task(server.serve())
    try:
        await application.start(models)
    except (HandholdError, psycopg.Error, OSError) as error:
        sys.stderr.write(f"did not start: {type(error).__name__}\n")
        os._exit(DID_NOT_START)
    await serving


def live(orders: Orders, models: Models) -> None:
    """The life of one node."""
    control = Path(orders.control)
    log = os.open(control / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.dup2(log, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    configure("WARNING")
    bending.shorten()
    bending.bend(control)
    if orders.mutant:
        mutants.MUTANTS[orders.mutant].install()
    Failpoints(control, Path(orders.cluster)).install()
    asyncio.run(serve(orders, models))


def main() -> None:
    """Fork a node for each line until standard input ends."""
    models = scripted.models()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system reaps them
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        orders = Orders(**json.loads(line))
        pid = os.fork()
        if pid == 0:
            os.close(0)
            try:
                live(orders, models)
            finally:
                os._exit(DID_NOT_START)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    os.killpg(0, signal.SIGKILL)  # the driver is gone: so are its nodes, and we


if __name__ == "__main__":
    main()
