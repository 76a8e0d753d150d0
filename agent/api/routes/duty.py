"""When a counsellor is on duty: for some hours from now, by weekly shifts, on a break; what they speak and know."""

from datetime import time
from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from agent.api.deps import App, Counsellor, CounsellorForm
from agent.api.schemas import Text
from agent.api.templates import TEMPLATES
from agent.domain.roster import LONGEST_DUTY
from agent.domain.roster import Counsellor as OnRoster
from agent.errors import BadInput
from agent.storage.repositories.counsellors import SignedIn
from classifiers.labels import DOMAINS

router = APIRouter(prefix="/counsellor", include_in_schema=False)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_CASES = 20
_LINE = Annotated[Text, Form(max_length=300)]


@router.post("/duty")
async def duty(app: App, me: CounsellorForm, hours: Annotated[int, Form(ge=0, le=LONGEST_DUTY)]) -> Response:
    """On duty for some hours, or not any more, whatever is planned. Alerts go to those on duty."""
    async with app.services.database.unit_of_work() as work:
        if hours:
            await work.roster.begin(me.counsellor_id, hours)
        else:
            now = await work.alerts.now()
            mine = next(one for one in await work.roster.everybody() if one.id == me.counsellor_id)
            running = [found[1] for s in mine.shifts if (found := s.around(now))]
            await work.roster.end(me.counsellor_id, max(running, default=None))
        await work.commit()
    return RedirectResponse("/counsellor/cases", status_code=303)


@router.post("/break")
async def rest(app: App, me: CounsellorForm, minutes: Annotated[int, Form(ge=0, le=120)]) -> Response:
    """A break: others are asked first. 0 ends it."""
    async with app.services.database.unit_of_work() as work:
        await work.roster.rest(me.counsellor_id, minutes)
        await work.commit()
    return RedirectResponse("/counsellor/cases", status_code=303)


@router.get("/me", response_class=HTMLResponse)
async def mine(request: Request, app: App, me: Counsellor) -> Response:
    """My shifts and what I speak."""
    return await _page(request, app, me)


@router.post("/me", response_class=HTMLResponse)
async def describe(
    request: Request, app: App, me: CounsellorForm, zone: _LINE, languages: _LINE, cap: Annotated[int, Form()],
    skills: Annotated[list[str] | None, Form()] = None, starts: Annotated[list[str] | None, Form()] = None,
    ends: Annotated[list[str] | None, Form()] = None,
) -> Response:  # fmt: skip
    """Keep it. One start and one end a weekday, both empty where there is no shift."""
    try:
        spoken, shifts = _languages(languages), _shifts(starts or [], ends or [])
        _check(zone, cap)
    except BadInput as error:
        return await _page(request, app, me, error)
    known = [s for s in skills or [] if s in DOMAINS]
    async with app.services.database.unit_of_work() as work:
        await work.roster.describe(me.counsellor_id, zone, spoken, known, cap)
        await work.roster.plan(me.counsellor_id, shifts)
        await work.commit()
    return RedirectResponse("/counsellor/me", status_code=303)


async def _page(request: Request, app: App, me: SignedIn, error: BadInput | None = None) -> Response:
    async with app.services.database.unit_of_work() as work:
        known = next(one for one in await work.roster.everybody() if one.id == me.counsellor_id)
        zone = await work.roster.zone(me.counsellor_id)
    values = {
        "me": me.name, "csrf": me.csrf, "error": error.message if error else "", "zone": zone,
        "zones": sorted(available_timezones()), "languages": ", ".join(known.languages), "cap": known.cap,
        "skills": known.skills, "domains": DOMAINS, "days": _days(known), "most": MOST_CASES,
    }  # fmt: skip
    return TEMPLATES.TemplateResponse(request, "counsellor/me.html", values, status_code=error.status if error else 200)


def _days(known: OnRoster) -> list[tuple[str, str, str]]:
    planned = {s.weekday: s for s in known.shifts}
    return [
        (day, f"{s.starts:%H:%M}" if (s := planned.get(n)) else "", f"{s.ends:%H:%M}" if s else "")
        for n, day in enumerate(DAYS)
    ]


def _check(zone: str, cap: int) -> None:
    if zone not in available_timezones():
        raise BadInput("Please choose a time zone from the list, as in Europe/London.")
    if not 1 <= cap <= MOST_CASES:
        raise BadInput(f"Please choose between 1 and {MOST_CASES} cases at once.")


def _languages(words: str) -> list[str]:
    codes = [code.strip().lower() for code in words.replace(";", ",").split(",") if code.strip()]
    if not codes or any(not (code.isalpha() and 2 <= len(code) <= 3) for code in codes):  # noqa: PLR2004  (ISO 639)
        raise BadInput("Please name languages by their short codes, as in: en, es.")
    return list(dict.fromkeys(codes))


def _shifts(starts: list[str], ends: list[str]) -> list[tuple[int, time, time]]:
    shifts = []
    for day, (start, end) in enumerate(zip(starts[: len(DAYS)], ends[: len(DAYS)], strict=False)):
        if not start and not end:
            continue
        try:
            shifts.append((day, time.fromisoformat(start), time.fromisoformat(end)))
        except ValueError as error:
            raise BadInput(f"Please give both a start and an end on {DAYS[day]}, as in 09:00.") from error
    return shifts
