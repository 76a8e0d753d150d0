"""Alembic's entry: runs on the connection that ``database.migrate`` hands over."""

from alembic import context

from agent.storage import tables_care, tables_trusted  # noqa: F401  (make the metadata whole)
from agent.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
