"""After the storm: nobody does anything new, and what is due must come by itself within its time."""

import asyncio
import time
from typing import Final

import psycopg

from evals.drill.laws import Violation

#: Everything that is due, by the law that is broken while it has not come. Each row is one case, turn or alert.
#: A case of moderate risk has nobody outside to be told: it needs somebody on duty.
DUE: Final[dict[str, str]] = {
    "not_answered": "SELECT id FROM turn WHERE status = 'RECEIVED'",
    "not_lapsed": "SELECT id FROM crisis_case WHERE owner IS NOT NULL",
    "not_rung": "SELECT id FROM crisis_case WHERE status = 'open' AND rung_at IS NULL",
    "not_alerted": """
        SELECT k.id FROM crisis_case k WHERE k.status = 'open'
        AND NOT EXISTS (SELECT 1 FROM alert a WHERE a.case_id = k.id AND a.since = k.since)
        AND (k.tier >= 3 OR EXISTS (SELECT 1 FROM counsellor c WHERE c.on_duty_until > public.now()))
    """,
    "not_sent": """
        SELECT a.id FROM alert a JOIN crisis_case k ON k.id = a.case_id WHERE k.status = 'open' AND a.since = k.since
        AND a.sent_at IS NULL AND a.failed_at IS NULL AND a.acknowledged_at IS NULL
        AND a.at < public.now() - interval '4 seconds'
    """,
}
#: Longest time for all of it, also on a busy machine: a lease, a lost job's time, some sweeps over all who wait.
WITHIN_SECONDS: Final = 30.0
_STEPS = """
    SELECT k.id, max(a.step) FROM crisis_case k JOIN alert a ON a.case_id = k.id AND a.since = k.since
    WHERE k.status = 'open' AND k.tier = 4 GROUP BY k.id
"""
#: An imminent case is asked about again at least every two (shortened) minutes; with some sweeps on top.
STEP_SECONDS: Final = 6.5
_LOOK_SECONDS = 0.1


async def settle(admin: str, within: float = WITHIN_SECONDS) -> tuple[float, list[Violation]]:
    """Wait until nothing is due any more; how long that took, and what never came."""
    begun, due = time.monotonic(), dict.fromkeys(DUE, 1)
    while time.monotonic() - begun < within:
        due = await asyncio.to_thread(_due, admin)
        if not any(due.values()):
            return time.monotonic() - begun, []
        await asyncio.sleep(_LOOK_SECONDS)
    late = [Violation(law, f"{count} after {within} s of calm") for law, count in due.items() if count]
    return time.monotonic() - begun, late


async def ladder_goes_on(admin: str) -> list[Violation]:
    """Every imminent case that nobody takes is asked about again."""
    before = await asyncio.to_thread(_steps, admin)
    await asyncio.sleep(STEP_SECONDS)
    later = await asyncio.to_thread(_steps, admin)
    stuck = [case for case, step in before.items() if case in later and later[case] <= step]
    return [Violation("ladder_stopped", f"{len(stuck)} of {len(before)} imminent cases")] if stuck else []


def queue(admin: str) -> str:
    """The queue in words, for the journal: how many jobs there are by name and state, and how many there ever were."""
    with psycopg.connect(admin) as connection:
        rows = connection.execute(
            "SELECT task_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2 ORDER BY 1, 2"
        )
        last = connection.execute("SELECT last_value FROM procrastinate_jobs_id_seq").fetchone()
        now = [f"{count} {task} {status}" for task, status, count in rows]
        return ", ".join([*now, f"{last[0] if last else 0} ever"])


def waiting(admin: str) -> int:
    """How many cases are not closed; 0 while the database does not say."""
    try:
        with psycopg.connect(admin, connect_timeout=1) as connection:
            found = connection.execute("SELECT count(*) FROM crisis_case WHERE status <> 'closed'").fetchone()
    except psycopg.Error:
        return 0
    return int(found[0]) if found else 0


def _due(admin: str) -> dict[str, int]:
    try:
        with psycopg.connect(admin) as connection:
            return {law: len(connection.execute(query.encode()).fetchall()) for law, query in DUE.items()}
    except psycopg.OperationalError:
        return dict.fromkeys(DUE, 1)


def _steps(admin: str) -> dict[object, int]:
    with psycopg.connect(admin) as connection:
        return dict(connection.execute(_STEPS).fetchall())
