"""What waits in the queue of jobs. procrastinate answers this on no connection of ours, so its table is asked."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, DateTime, String, column, exists, func, table
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB

#: Jobs whose rows the sweep looks after.
SEND, TEST, REACH = "send_alert", "send_contact_test", "send_contact_reach"
#: A job that is put off for longer was put off by a clock that was wrong.
_SOON = timedelta(seconds=30)
_JOBS = table(
    "procrastinate_jobs", column("task_name"), column("status"), column("args", JSONB),
    column("scheduled_at", DateTime(timezone=True)),
)  # fmt: skip


def queued(task: str, argument: str, value: Column[UUID]) -> ColumnElement[bool]:
    """Whether a job of this kind and for this row is about to be begun. One that runs may hang, and does not count."""
    j: Any = _JOBS.c
    named = j.args[argument].astext == sql_cast(value, String)
    soon = j.scheduled_at.is_(None) | (j.scheduled_at < func.now() + _SOON)
    return exists().where(j.task_name == task, sql_cast(j.status, String) == "todo", named, soon)
