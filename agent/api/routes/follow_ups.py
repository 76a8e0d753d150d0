"""A follow-up: what to ask, the message to the person, and what came of it. And the lift of a lowered case."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from agent.api.after_view import follow_up_view
from agent.api.deps import App, Counsellor, CounsellorForm, SupervisorForm
from agent.api.schemas import Text, require_text
from agent.api.templates import TEMPLATES
from agent.errors import BadInput, Conflict, HandholdError
from agent.escalation.desk.follow_up import WORDS, finish, write
from agent.storage.repositories.counsellors import SignedIn

router = APIRouter(prefix="/counsellor", include_in_schema=False)


@router.get("/follow-ups/{follow_up_id}", response_class=HTMLResponse)
async def follow_up(follow_up_id: UUID, request: Request, app: App, me: Counsellor) -> Response:
    """One follow-up."""
    return await _page(request, app, me, follow_up_id)


@router.post("/follow-ups/{follow_up_id}/message")
async def message(
    follow_up_id: UUID, request: Request, app: App, me: CounsellorForm, line: Annotated[UUID, Form()],
    words: Annotated[Text, Form()],
) -> Response:  # fmt: skip
    """Write to the person. Sent again with the same id it is the same message."""
    try:
        await write(app.services.database, follow_up_id, me.counsellor_id, line, require_text(words.strip()))
    except (BadInput, Conflict) as error:
        return await _page(request, app, me, follow_up_id, error, words=words)
    return RedirectResponse(f"/counsellor/follow-ups/{follow_up_id}", status_code=303)


@router.post("/follow-ups/{follow_up_id}/done")
async def done(
    follow_up_id: UUID, request: Request, app: App, me: CounsellorForm, reached: Annotated[bool, Form()],
    note: Annotated[Text, Form(max_length=4000)] = "",
) -> Response:  # fmt: skip
    """Mark it done, or that the person could not be reached."""
    try:
        await finish(app.services.database, follow_up_id, me.counsellor_id, _said(note), reached=reached)
    except (BadInput, Conflict) as error:
        return await _page(request, app, me, follow_up_id, error, note=note)
    return RedirectResponse("/counsellor/cases", status_code=303)


@router.post("/cases/{case_id}/lift")
async def lift(case_id: UUID, app: App, me: SupervisorForm) -> Response:
    """The case stands in its place again, and earlier misuse of its person counts no more."""
    async with app.services.database.unit_of_work() as work:
        await work.cases.lift(case_id, me.counsellor_id)
        await work.commit()
    return RedirectResponse(f"/counsellor/cases/{case_id}", status_code=303)


def _said(note: str) -> str:
    if not note.strip():
        raise BadInput("Please write a short note first: what came of it.", code="empty_note")
    return note.strip()


async def _page(
    request: Request, app: App, me: SignedIn, follow_up_id: UUID, error: HandholdError | None = None, *,
    words: str = "", note: str = "",
) -> Response:  # fmt: skip
    values = {
        "me": me.name, "csrf": me.csrf, "error": error.message if error else "", "words": words, "note": note,
        "line": uuid4(), "suggested": WORDS, **await follow_up_view(app, follow_up_id),
    }  # fmt: skip
    status = error.status if error else 200
    return TEMPLATES.TemplateResponse(request, "counsellor/follow_up.html", values, status_code=status)
