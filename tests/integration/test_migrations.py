"""An older database is brought up to date with what it holds, and the tables are then the ones the code writes."""

from uuid import uuid4

import psycopg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from databases import rows, scratch
from sqlalchemy import create_engine

from agent.storage import database, embedded
from agent.storage.tables import metadata


def upgrade(url: str, revision: str) -> None:
    """To one revision, as an older program would have left it."""
    engine = create_engine(database.sqlalchemy_url(url))
    with engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(database.MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
    engine.dispose()


def test_cases_of_an_older_version_keep_their_history(server: embedded.EmbeddedServer) -> None:
    person, talk, turn, handled, ada, bo = (uuid4() for _ in range(6))
    with scratch(server) as url:
        upgrade(url, "0003")
        with psycopg.connect(url) as connection:
            for n, (who, name) in enumerate(((ada, "Ada"), (bo, "Bo"))):
                connection.execute(
                    "INSERT INTO counsellor (id, email, name, password_hash, created_at) "
                    "VALUES (%s, %s, %s, 'x', now() + %s * interval '1 s')",
                    (who, f"{name}@desk.example", name, n),
                )
            connection.execute("INSERT INTO person (id, token_hash, wrapped_key) VALUES (%s, 'x', 'x')", (person,))
            connection.execute(
                "INSERT INTO conversation (id, person_id, locale, country) VALUES (%s, %s, 'en', 'ZZ')", (talk, person)
            )
            connection.execute(
                "INSERT INTO turn (id, conversation_id, person_id, client_turn_id, seq, sealed_text) "
                "VALUES (%s, %s, %s, %s, 1, 'x')",
                (turn, talk, person, uuid4()),
            )
            connection.execute(
                "INSERT INTO crisis_case (id, turn_id, person_id, conversation_id, tier, domains, status, degraded, "
                "handled_at, handled_by) VALUES (%s, %s, %s, %s, 3, '{suicide}', 'handled', false, now(), %s)",
                (handled, turn, person, talk, bo),
            )
            connection.execute(
                "INSERT INTO case_event (id, case_id, kind, actor, tier, policy_version, model_version) "
                "VALUES (%s, %s, 'handled', %s, 3, '', '')",
                (uuid4(), handled, bo),
            )
        assert not database.migrated(url)
        database.migrate(url)
        assert database.migrated(url)
        assert rows(url, "SELECT status, closed_by, since = opened_at, owner FROM crisis_case") == [
            ("closed", bo, True, None)
        ]
        assert rows(url, "SELECT kind, actor FROM case_event") == [("closed", bo)]
        assert rows(url, "SELECT name, supervisor FROM counsellor ORDER BY name") == [("Ada", True), ("Bo", False)]


def test_the_tables_of_the_database_are_those_of_the_code(conninfo: str) -> None:
    engine = create_engine(database.sqlalchemy_url(conninfo))
    with engine.connect() as connection:
        ours = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in metadata.tables}
        )
        found = compare_metadata(ours, metadata)
    engine.dispose()
    assert found == []
