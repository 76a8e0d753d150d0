"""Hours that pass: every time in the database moves back by as much, so that for the product they have passed."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_COLUMNS = text(
    "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns JOIN information_schema.tables "
    "USING (table_schema, table_name) WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' "
    "AND data_type = 'timestamp with time zone' AND table_name <> 'procrastinate_workers' "  # alive, now as before
    "GROUP BY table_name ORDER BY table_name"
)


async def pass_time(engine: AsyncEngine, passed: timedelta) -> None:
    """Let time pass for all that is stored. In one commit: nobody sees half of it, and no job has half of it before."""
    async with engine.begin() as connection:
        # Whoever writes of a case has its row: without this an alert that a job is just writing would not move with it.
        await connection.execute(text("LOCK TABLE crisis_case IN EXCLUSIVE MODE"))
        for table, columns in (await connection.execute(_COLUMNS)).all():
            moved = ", ".join(f'"{c}" = "{c}" - :passed' for c in columns)
            await connection.execute(text(f'UPDATE "{table}" SET {moved}'), {"passed": passed})  # noqa: S608  (names of its own tables)
