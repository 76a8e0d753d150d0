"""The counsellors' cases: see them, read why, claim one, stay with it, put it back, close it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from agent.api.case_view import case_view, list_view
from agent.api.deps import App, Counsellor, CounsellorForm
from agent.api.schemas import Text
from agent.api.templates import TEMPLATES
from agent.domain.escalation import Outcome
from agent.errors import BadInput, Conflict
from agent.escalation.desk import close, put_back
from agent.storage.repositories.cases import Listed

router = APIRouter(prefix="/counsellor", include_in_schema=False)
Note = Annotated[Text, Form(max_length=4000)]
Fence = Annotated[int, Form(ge=0)]


@router.get("", response_class=HTMLResponse)
@router.get("/cases", response_class=HTMLResponse)
async def cases(request: Request, app: App, me: Counsellor, show: Listed = "live") -> Response:
    """The list, by risk and then by how long they wait."""
    values = {"me": me.name, "csrf": me.csrf, "until": me.on_duty_until, "supervisor": me.supervisor}
    values_of_list = await list_view(app, show)
    return TEMPLATES.TemplateResponse(request, "counsellor/cases.html", values | values_of_list)


@router.get("/cases/list", response_class=HTMLResponse)
async def case_list(request: Request, app: App, me: Counsellor, show: Listed = "live") -> Response:
    """The list alone, fetched again by the page every few seconds."""
    del me
    return TEMPLATES.TemplateResponse(request, "counsellor/_cases.html", await list_view(app, show))


@router.get("/cases/{case_id}", response_class=HTMLResponse)
async def case(case_id: UUID, request: Request, app: App, me: Counsellor) -> Response:
    """One case: why, the conversation, and what has happened."""
    values = {"me": me.name, "csrf": me.csrf, "case": await case_view(app, case_id, me.counsellor_id), "error": ""}
    return TEMPLATES.TemplateResponse(request, "counsellor/case.html", values)


@router.post("/duty")
async def duty(app: App, me: CounsellorForm, hours: Annotated[int, Form(ge=0, le=24)]) -> Response:
    """On duty for some hours, or not any more. Alerts go to those on duty."""
    async with app.services.database.unit_of_work() as work:
        await work.counsellors.duty(me.counsellor_id, hours)
        await work.commit()
    return RedirectResponse("/counsellor/cases", status_code=303)


@router.post("/cases/{case_id}/coming")
async def coming(case_id: UUID, app: App, me: CounsellorForm) -> Response:
    """Answer an alert: somebody is on their way to the case, and the ladder waits for them a little."""
    async with app.services.database.unit_of_work() as work:
        await work.alerts.acknowledged(case_id, me.counsellor_id)
        await work.commit()
    return _back_to(case_id)


@router.post("/cases/{case_id}/claim")
async def claim(case_id: UUID, request: Request, app: App, me: CounsellorForm) -> Response:
    """Take a case. Of two who try at once one has it, and the other is told who."""
    try:
        async with app.services.database.unit_of_work() as work:
            await work.claims.claim(case_id, me.counsellor_id)
            await work.commit()
    except Conflict as error:
        return await _again(request, app, me, case_id, error, "")
    return _back_to(case_id)


@router.post("/cases/{case_id}/stay", status_code=204)
async def stay(case_id: UUID, app: App, me: CounsellorForm, fence: Fence) -> None:
    """A sign of life from the page of the counsellor who has the case; 409 once they no longer have it."""
    async with app.services.database.unit_of_work() as work:
        await work.claims.stay(case_id, me.counsellor_id, fence)
        await work.commit()


@router.post("/cases/{case_id}/release")
async def release(case_id: UUID, request: Request, app: App, me: CounsellorForm, note: Note, fence: Fence) -> Response:
    """Put it back into the queue, with a note for the next."""
    try:
        await put_back(app.services.database, case_id, me.counsellor_id, fence, _said(note))
    except (BadInput, Conflict) as error:
        return await _again(request, app, me, case_id, error, note)
    return RedirectResponse("/counsellor/cases", status_code=303)


@router.post("/cases/{case_id}/close")
async def closed(
    case_id: UUID, request: Request, app: App, me: CounsellorForm, note: Note, outcome: Annotated[Outcome, Form()],
    fence: Fence,
) -> Response:  # fmt: skip
    """Close it, with a note and what it turned out to be. The person's standing risk steps down with it."""
    try:
        await close(app.services.database, case_id, me.counsellor_id, fence, _said(note), outcome)
    except (BadInput, Conflict) as error:
        return await _again(request, app, me, case_id, error, note)
    return _back_to(case_id)


async def _again(
    request: Request, app: App, me: Counsellor, case_id: UUID, error: BadInput | Conflict, note: str
) -> Response:
    """The page once more, with what was wrong and the words that were written."""
    shown = await case_view(app, case_id, me.counsellor_id)
    values = {"me": me.name, "csrf": me.csrf, "case": shown, "error": error.message, "note": note}
    return TEMPLATES.TemplateResponse(request, "counsellor/case.html", values, status_code=error.status)


def _said(note: str) -> str:
    if not note.strip():
        raise BadInput(
            "Please write a short note first: what was done, and what should happen next.", code="empty_note"
        )
    return note.strip()


def _back_to(case_id: UUID) -> Response:
    return RedirectResponse(f"/counsellor/cases/{case_id}", status_code=303)
