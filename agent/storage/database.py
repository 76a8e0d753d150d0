"""Opens the database: address, engine, migrations."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from agent.storage.repositories.channels import broken

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0018"
#: Only one process migrates at a time.
_MIGRATION_LOCK = 7_202_611


def sqlalchemy_url(conninfo: str) -> URL:
    """A libpq connection string as SQLAlchemy wants it; a socket folder travels in the query."""
    parts: Mapping[str, object] = conninfo_to_dict(conninfo)
    extra = {k: str(v) for k, v in parts.items() if k not in {"user", "password", "dbname", "host", "port"} and v}
    host = str(parts.get("host") or "")
    if host.startswith("/"):
        extra["host"] = host
        host = ""
    return URL.create(
        "postgresql+psycopg",
        username=_maybe(parts, "user"),
        password=_maybe(parts, "password"),
        host=host or None,
        port=int(str(parts["port"])) if parts.get("port") else None,
        database=_maybe(parts, "dbname"),
        query=extra,
    )


def _maybe(parts: Mapping[str, object], name: str) -> str | None:
    value = parts.get(name)
    return None if value is None else str(value)


def engine(conninfo: str, pool_size: int) -> AsyncEngine:
    """The async engine of one process. ``pool_pre_ping`` mends connections that a database restart cut.

    A node that is cut off in the middle of a transaction holds up the others for seconds, not until TCP gives up.
    """
    return create_async_engine(
        sqlalchemy_url(conninfo), pool_size=pool_size, max_overflow=4, pool_timeout=10, pool_pre_ping=True,
        connect_args={"options": "-c lock_timeout=5s -c idle_in_transaction_session_timeout=30s"},
    )  # fmt: skip


def migrated(conninfo: str) -> bool:
    """Whether the schema stands at our head revision."""
    with psycopg.connect(conninfo) as connection:
        table = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if table is None or table[0] is None:
            return False
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return row is not None and row[0] == HEAD


def migrate(conninfo: str) -> None:
    """Bring the schema to head; safe to call from several processes at once."""
    if migrated(conninfo):
        return
    sync = create_engine(sqlalchemy_url(conninfo))
    try:
        with sync.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
            connection.commit()
            _upgrade(connection)
            connection.commit()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATION_LOCK})
    finally:
        sync.dispose()


def a_wrapped_key(conninfo: str) -> tuple[UUID, bytes] | None:
    """Any person with their wrapped key, to see whether a master key fits; None while there are no people."""
    with psycopg.connect(conninfo) as connection:
        row = connection.execute("SELECT id, wrapped_key FROM person LIMIT 1").fetchone()
    return None if row is None else (row[0], bytes(row[1]))


def channels_failing(conninfo: str) -> list[str]:
    """Names of the ways to reach somebody whose last attempts all failed."""
    sync = create_engine(sqlalchemy_url(conninfo))
    try:
        with sync.connect() as connection:
            return [row.name for row in connection.execute(broken())]
    finally:
        sync.dispose()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  (0.3 s that a second start does not need)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
