"""The database for a command that needs nothing else of the product. Works beside a running server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent.bootstrap import master_key
from agent.errors import FolderInUse
from agent.settings import Settings
from agent.storage import database, embedded
from agent.storage.unit_of_work import Database


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Open it; an embedded server that was not running is stopped again."""
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
    try:
        yield store
    finally:
        await store.close()
        if alone and url is None:
            embedded.stop(settings.data_dir)
        lock.release()
