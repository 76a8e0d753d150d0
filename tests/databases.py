"""Databases of the run's embedded server, beside the one that the ``conninfo`` fixture makes."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
from psycopg import sql

from agent.storage import embedded


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder for a server that runs as its own user. Not one of pytest's: every other pytest run of the same user
    takes all rights of others away from their common parent, and a server that is just starting there dies of it."""
    with TemporaryDirectory(prefix="handhold-tests-") as folder:
        yield Path(folder)


@contextmanager
def scratch(server: embedded.EmbeddedServer, template: str = "template1") -> Iterator[str]:
    """A new database, empty unless a template is named; dropped afterwards."""
    name = sql.Identifier(f"s_{uuid4().hex}")
    make = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
    with psycopg.connect(server.admin, autocommit=True) as connection:
        connection.execute(make.format(name, sql.Identifier(template), sql.Identifier(embedded.ROLE)))
    try:
        yield server.database_url(name.as_string().strip('"'))
    finally:
        with psycopg.connect(server.admin, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def rows(conninfo: str, query: str, *values: object) -> list[tuple]:
    """All rows of a query, past the product's own code."""
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query, values).fetchall()


async def change(conninfo: str, statement: str, *values: object) -> None:
    """What time would do, done now; off the loop, for a job on it may hold the row."""

    def changed() -> int:
        with psycopg.connect(conninfo) as connection:
            return connection.execute(statement, values).rowcount

    assert await asyncio.to_thread(changed) > 0
