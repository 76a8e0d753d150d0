"""A reminder by e-mail, and the page on which whoever gets it confirms or ends it."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import HTMLResponse

from agent.api.deps import App, Person
from agent.api.schemas_patterns import ReminderIn, ReminderOut
from agent.api.templates import TEMPLATES
from agent.errors import Conflict
from agent.storage.unit_of_work import UnitOfWork

router = APIRouter(prefix="/v1/reminder", tags=["patterns"])
pages = APIRouter(include_in_schema=False)
Token = Annotated[str, Path(max_length=200)]


@router.get("")
async def read(app: App, person: Person) -> ReminderOut:
    """Your reminder, if you asked for one."""
    async with app.services.database.unit_of_work() as work:
        return await _now(app, work, person)


@router.put("")
async def ask(body: ReminderIn, app: App, person: Person) -> ReminderOut:
    """Ask for one, or change it. A letter to a new address asks first whether it is wanted there."""
    if not app.reminding.available:
        raise Conflict("This service cannot send mail. The calendar file does the same.", code="no_mail")
    wanted = body.reminder()
    async with app.services.database.unit_of_work() as work:
        await work.reminders.ask(person, wanted)
        await work.commit()
        return await _now(app, work, person)


@router.delete("", status_code=204)
async def end(app: App, person: Person) -> None:
    """End it. The address is deleted at once."""
    async with app.services.database.unit_of_work() as work:
        stored = await work.reminders.of(person)
        if stored is not None:
            await work.reminders.end(stored.id)
            await work.commit()


@pages.get("/reminder/{token}", response_class=HTMLResponse)
async def look(token: Token, request: Request, app: App) -> Response:
    """What can be done about it. Looking changes nothing: programs open links, too."""
    app.running()
    async with app.services.database.unit_of_work() as work:
        stored = await work.reminders.by_link(token)
    state = "gone" if stored is None else "on" if stored.reminder.confirmed else "ask"
    return TEMPLATES.TemplateResponse(request, "reminder.html", {"state": state})


@pages.post("/reminder/{token}", response_class=HTMLResponse)
async def decide(token: Token, request: Request, app: App, wish: Annotated[Literal["yes", "end"], Form()]) -> Response:
    """It is wanted, or it ends."""
    app.running()
    state = "gone"
    async with app.services.database.unit_of_work() as work:
        stored = await work.reminders.by_link(token)
        if stored is not None and wish == "end":
            await work.reminders.end(stored.id)
            state = "ended"
        elif stored is not None:
            await work.reminders.confirm(stored, datetime.now(UTC))
            state = "confirmed"
        await work.commit()
    return TEMPLATES.TemplateResponse(request, "reminder.html", {"state": state})


async def _now(app: App, work: UnitOfWork, person_id: UUID) -> ReminderOut:
    return ReminderOut.of(await work.reminders.of(person_id), available=app.reminding.available)
