"""The wallboard as its page shows it, and the rows of its export. No person and no words of theirs in either."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from agent.bootstrap import Application
from agent.domain.history import TAKEN, History, rounds
from agent.domain.roster import Counsellor
from agent.errors import BadInput
from agent.escalation.desk.board import DAY, FEWEST, REST_AFTER, WEEK, Figures, Share, TierFigures, figures
from agent.storage.repositories.board import Load

#: The longest stretch of one export.
MOST_DAYS: Final = 366
COLUMNS: Final = (
    "case", "opened", "tier", "domains", "first_answered_after_s", "claimed_after_s", "closed_after_s", "outcome",
    "rounds", "lapses", "alerts", "counsellor",
)  # fmt: skip
#: A spreadsheet takes a cell that begins so for a formula, and runs it.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_HAPPENED: Final = {
    "opened": "Opened", "reopened": "Opened again", "claimed": "Taken", "closed": "Closed", "released": "Put back",
    "lapsed": "Counsellor gone",
}  # fmt: skip


async def current(app: Application, window: timedelta = WEEK) -> tuple[Figures, int]:
    """The figures now, from the record of a window, and how many alerts no channel took."""
    async with app.services.database.unit_of_work() as work:
        now = await work.alerts.now()
        cases, loads = await work.board.recent(now - window), await work.board.loads()
        everybody = {one.id: one for one in await work.roster.everybody()}
        unheard = await work.alerts.unheard()
    loads = [_on_duty(load, everybody.get(load.id), now) for load in loads]
    return figures(cases, loads, app.services.ladder.policy, now), unheard


def _on_duty(load: Load, one: Counsellor | None, now: datetime) -> Load:
    """With the duty that the roster knows of: a planned shift counts from its begin, or from the last break in it.

    Of somebody whose account was ended (None) there is what they did, and no duty.
    """
    if one is None:
        return replace(load, until=None, working_since=None)
    begins = [found[0] for s in one.shifts if (found := s.around(now))]
    since = max([*begins, *([load.working_since] if load.working_since else [])], default=None)
    return replace(load, until=one.duty(now), working_since=since)


async def board_view(app: Application) -> dict[str, object]:
    """Values for ``_board.html``."""
    found, unheard = await current(app)
    async with app.services.database.unit_of_work() as work:
        failing = [one.name for one in await work.channels.failing()]
        looks = await work.forms.looks_wanted()
    return {
        "at": found.now, "waiting": found.waiting, "overdue": found.overdue, "longest": words(found.longest),
        "held": found.held, "handed_back": found.handed_back, "on_duty": found.on_duty, "alerts_unheard": unheard,
        "channels_failing": failing,
        "spool_pending": len(app.services.spool.pending()), "channels": app.services.ladder.can_reach,
        "looks": looks,
        "tiers": [_tier(t) for t in found.tiers], "fewest": FEWEST,
        "happened": [(_HAPPENED[kind], count) for kind, count in found.happened.items()],
        "outcomes": [
            {"name": name.replace("_", " ").capitalize(), **_share(Share(n, sum(found.outcomes.values())))}
            for name, n in found.outcomes.items()
        ],
        "closed": sum(found.outcomes.values()),
        "loads": [_load(one, found.now) for one in found.loads],
    }  # fmt: skip


def _tier(one: TierFigures) -> dict[str, object]:
    took = one.took
    return {
        "tier": one.tier.label, "waiting": one.waiting, "overdue": one.overdue, "within": words(one.within),
        "longest": words(one.longest) if one.waiting else "", "day": _share(one.day), "week": _share(one.week),
        "took": took.count,
        "median": "" if took.median is None else words(timedelta(seconds=took.median)),
        "ninety": "" if took.ninety is None else words(timedelta(seconds=took.ninety)),
    }  # fmt: skip


def _share(share: Share) -> dict[str, object]:
    return {"hits": share.hits, "of": share.of, "percent": share.percent}


def _load(one: Load, now: datetime) -> dict[str, object]:
    worked = now - one.working_since if one.until is not None and one.working_since is not None else None
    return {
        "name": one.name, "supervisor": one.supervisor, "until": one.until, "held": one.held, "closed": one.closed,
        "cases": one.cases, "worked": _worked(worked),
        "tired": worked is not None and worked >= REST_AFTER,
    }  # fmt: skip


def _worked(worked: timedelta | None) -> str:
    """A break that runs ends in the future, and the work after it begins then."""
    if worked is None:
        return ""
    return "on a break" if worked < timedelta(0) else words(worked)


def words(time_passed: timedelta) -> str:
    """Short enough for a board: ``35 s``, ``4 min``, ``1 h 05 min``, ``2 d 3 h``. Rounded down."""
    seconds = max(0, int(time_passed.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if not minutes:
        return f"{seconds} s"
    if not hours:
        return f"{minutes} min"
    return f"{days} d {hours % 24} h" if days else f"{hours} h {minutes % 60:02} min"


async def stretch(app: Application, first: str, last: str) -> tuple[date, date]:
    """The days of an export, both among them; the last week unless they are given. ``BadInput`` says what is wrong."""
    async with app.services.database.unit_of_work() as work:
        today = (await work.alerts.now()).astimezone(UTC).date()
    end = _day(last, "to") if last else today
    start = _day(first, "from") if first else end - timedelta(days=6)
    if start > end:
        raise BadInput(f"The first day, {start}, is after the last one, {end}.", code="bad_dates")
    if (end - start).days >= MOST_DAYS:
        raise BadInput(f"That is more than {MOST_DAYS} days. Please fetch them in parts.", code="bad_dates")
    return start, end


def _day(given: str, name: str) -> date:
    try:
        day = date.fromisoformat(given)
    except ValueError:
        day = None
    # Python takes other forms of ISO 8601 too, and days so late that none follows.
    if day is None or str(day) != given or not date(2000, 1, 1) <= day <= date(2999, 12, 31):
        raise BadInput(f"The day in '{name}' must look like 2026-01-31.", code="bad_dates")
    return day


async def csv_of(app: Application, start: date, end: date) -> AsyncIterator[str]:
    """The export, a day (UTC) at a time, so that a year of it fits into little memory."""
    yield _lines([COLUMNS])
    for n in range((end - start).days + 1):
        begin = datetime.combine(start + timedelta(days=n), time(), UTC)
        async with app.services.database.unit_of_work() as work:
            now = await work.alerts.now()
            cases = await work.board.opened(begin, begin + DAY)
        if cases:
            yield _lines(_row(case) for case in cases)
        if begin > now:
            return


def _row(case: History) -> tuple[object, ...]:
    found = rounds(case)
    answered = min((r.answered for r in found if r.answered is not None), default=None)
    claimed = next((s.at for s in case.steps if s.kind in TAKEN), None)
    lapses = sum(s.kind == "lapsed" for s in case.steps)
    return (
        case.id, case.opened_at.astimezone(UTC).isoformat(timespec="seconds"), case.tier.label, " ".join(case.domains),
        _after(case, answered), _after(case, claimed), _after(case, case.closed_at), case.outcome or "",
        len(found), lapses, case.alerts, initials(case.counsellor or ""),
    )  # fmt: skip


def _after(case: History, at: datetime | None) -> str:
    return "" if at is None else f"{(at - case.opened_at).total_seconds():.0f}"


def initials(name: str) -> str:
    """``Ada Lovelace`` is ``AL``."""
    return "".join(part[0] for part in name.split()).upper()


def cell(value: object) -> str:
    """A cell that no spreadsheet runs: what would begin a formula is quoted as text."""
    said = str(value)
    return f"'{said}" if said.startswith(_FORMULA) else said


def _lines(table: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([cell(value) for value in row] for row in table)
    return out.getvalue()
