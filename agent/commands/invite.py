"""``handhold invite``: a one-time link for a new counsellor."""

import asyncio
from datetime import UTC, datetime

from agent.bootstrap import master_key
from agent.errors import FolderInUse
from agent.settings import Settings
from agent.storage import database, embedded
from agent.storage.unit_of_work import Database


def run(settings: Settings, *, supervisor: bool = False) -> None:
    """Print the link. Works beside a running server: it only needs the database."""
    asyncio.run(_run(settings, supervisor=supervisor))


async def _run(settings: Settings, *, supervisor: bool) -> None:
    from agent.escalation.jobs import queue  # noqa: PLC0415

    lock = embedded.FolderLock(settings.data_dir)
    alone = True
    try:
        lock.acquire()
    except FolderInUse:
        alone = False
    url = settings.database.url
    conninfo = url.get_secret_value() if url else embedded.start(settings.data_dir).url
    database.migrate(conninfo)
    store = Database(database.engine(conninfo, 2), master_key(settings, conninfo), queue(conninfo))
    async with store.unit_of_work() as work:
        token = await work.counsellors.invite(datetime.now(UTC), supervisor=supervisor)
        await work.commit()
    await store.close()
    if alone and url is None:
        embedded.stop(settings.data_dir)
    lock.release()
    print(f"http://{settings.server.host}:{settings.server.port}/counsellor/setup?token={token}")
    print("Works once, for 24 hours. Give it to the counsellor by a way that nobody else reads.")
