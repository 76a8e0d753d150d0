"""What counsellors do with a case. Each form carries the number of their claim: what came too late changes nothing."""

from collections.abc import Awaitable
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BeforeValidator

from agent.api.case_view import case_view, list_view
from agent.api.deps import App, CounsellorForm
from agent.api.schemas import Text, require_text
from agent.api.templates import TEMPLATES
from agent.domain.escalation import Outcome
from agent.errors import BadInput, Conflict, HandholdError
from agent.escalation.desk.follow_up import Hours as PlanHours
from agent.escalation.desk.follow_up import Plan
from agent.escalation.desk.handling import NOT_FREE, Desk
from agent.storage.repositories.counsellors import SignedIn

router = APIRouter(prefix="/counsellor/cases", include_in_schema=False)
Note = Annotated[Text, Form(max_length=4000)]
Words = Annotated[Text, Form()]
Fence = Annotated[int, Form(ge=0)]
LineId = Annotated[UUID, Form()]
Hours = Annotated[Literal["", "0", "24", "48", "72"], Form()]
Ask = Annotated[Text, Form(max_length=400)]

_HOURS: Final[dict[str, PlanHours]] = {"24": 24, "48": 48, "72": 72}


def _nobody(chosen: object) -> object:
    """A select with nothing chosen sends an empty string."""
    return chosen or None


@router.post("/next")
async def take_next(request: Request, app: App, me: CounsellorForm) -> Response:
    """Take the case that this counsellor should have next."""
    try:
        case_id = await app.services.desk.take_next(me.counsellor_id)
    except Conflict as error:
        listed = await list_view(app, me.counsellor_id, "live")
        values = {"me": me.name, "csrf": me.csrf, "error": error.message, "supervisor": me.supervisor, **listed}
        return TEMPLATES.TemplateResponse(request, "counsellor/cases.html", values, status_code=error.status)
    return RedirectResponse("/counsellor/cases", status_code=303) if case_id is None else _back_to(case_id)


@router.post("/{case_id}/coming")
async def coming(case_id: UUID, app: App, me: CounsellorForm) -> Response:
    """Answer an alert: somebody is on their way to the case, and the ladder waits for them a little."""
    async with app.services.database.unit_of_work() as work:
        await work.alerts.acknowledged(case_id, me.counsellor_id)
        await work.commit()
    return _back_to(case_id)


@router.post("/{case_id}/claim")
async def claim(case_id: UUID, request: Request, app: App, me: CounsellorForm) -> Response:
    """Take a case. Of two who try at once one has it, and the other is told who."""
    return await _done(request, app, me, case_id, _desk(app).claim(case_id, me.counsellor_id))


@router.post("/{case_id}/stay", status_code=204)
async def stay(case_id: UUID, app: App, me: CounsellorForm, fence: Fence) -> Response:
    """A sign of life from the open page."""
    async with app.services.database.unit_of_work() as work:
        await work.claims.stay(case_id, me.counsellor_id, fence)
        await work.commit()
    return Response(status_code=204)


@router.post("/{case_id}/take-over")
async def take_over(case_id: UUID, request: Request, app: App, me: CounsellorForm, fence: Fence) -> Response:
    """From here on the counsellor answers the person, and the agent is silent."""
    taken = _desk(app).take_over(case_id, me.counsellor_id, fence)
    return await _done(request, app, me, case_id, taken, onward=f"/counsellor/cases/{case_id}#write")


@router.post("/{case_id}/say")
async def say(
    case_id: UUID, request: Request, app: App, me: CounsellorForm, fence: Fence, line: LineId, words: Words
) -> Response:
    """Words to the person. Sent again with the same id they are the same words."""
    try:
        text = require_text(words.strip())
    except BadInput as error:
        return await _again(request, app, me, case_id, error, words=words)
    said = _desk(app).say(case_id, me.counsellor_id, fence, line, text)
    return await _done(request, app, me, case_id, said, words=words)


@router.post("/{case_id}/whisper")
async def whisper(
    case_id: UUID, request: Request, app: App, me: CounsellorForm, line: LineId, aside: Words
) -> Response:
    """Words among counsellors. The person never sees them."""
    try:
        text = require_text(aside.strip())
    except BadInput as error:
        return await _again(request, app, me, case_id, error, aside=aside)
    return await _done(request, app, me, case_id, _desk(app).whisper(case_id, me.counsellor_id, line, text))


@router.post("/{case_id}/draft")
async def draft(
    case_id: UUID, request: Request, app: App, me: CounsellorForm, fence: Fence, on: Annotated[bool, Form()]
) -> Response:
    """Whether the agent drafts for the counsellor. Nothing it drafts is sent by itself."""
    return await _done(request, app, me, case_id, _desk(app).draft(case_id, me.counsellor_id, fence, on=on))


@router.post("/{case_id}/join")
async def join(case_id: UUID, request: Request, app: App, me: CounsellorForm) -> Response:
    """Sit beside the counsellor who has the case."""
    return await _done(request, app, me, case_id, _desk(app).join(case_id, me.counsellor_id))


@router.post("/{case_id}/leave")
async def leave(case_id: UUID, request: Request, app: App, me: CounsellorForm) -> Response:
    """Go from beside them."""
    return await _done(request, app, me, case_id, _desk(app).leave(case_id, me.counsellor_id))


@router.post("/{case_id}/transfer")
async def transfer(
    case_id: UUID, request: Request, app: App, me: CounsellorForm, fence: Fence, note: Note = "",
    to: Annotated[UUID | None, BeforeValidator(_nobody), Form()] = None, *, anyway: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """Pass it to another counsellor, with a note for them; ``anyway``: also to one who is on a break or full."""
    try:
        passed = _desk(app).transfer(case_id, me.counsellor_id, fence, _chosen(to), _said(note), anyway=anyway)
    except BadInput as error:
        return await _again(request, app, me, case_id, error, note=note, to=str(to or ""))
    return await _done(request, app, me, case_id, passed, note=note, to=str(to or ""))


@router.post("/{case_id}/hand-back")
async def hand_back(
    case_id: UUID, request: Request, app: App, me: CounsellorForm, fence: Fence, note: Note = "", follow: Hours = "",
    ask: Ask = "",
) -> Response:  # fmt: skip
    """The agent answers again, and the case waits for nobody."""
    try:
        back = _desk(app).hand_back(case_id, me.counsellor_id, fence, _said(note), _follow(follow, ask))
    except BadInput as error:
        return await _again(request, app, me, case_id, error, note=note, follow=follow, ask=ask)
    return await _done(request, app, me, case_id, back, note=note, follow=follow, ask=ask)


@router.post("/{case_id}/release")
async def release(
    case_id: UUID, request: Request, app: App, me: CounsellorForm, fence: Fence, note: Note = ""
) -> Response:
    """Put it back into the queue, with a note for the next."""
    try:
        back = _desk(app).put_back(case_id, me.counsellor_id, fence, _said(note))
    except BadInput as error:
        return await _again(request, app, me, case_id, error, note=note)
    return await _done(request, app, me, case_id, back, note=note, onward="/counsellor/cases")


@router.post("/{case_id}/close")
async def close(
    case_id: UUID, request: Request, app: App, me: CounsellorForm, fence: Fence, outcome: Annotated[Outcome, Form()],
    note: Note = "", follow: Hours = "", ask: Ask = "",
) -> Response:  # fmt: skip
    """Close a case with a note and what it turned out to be; the person's standing risk steps down with it."""
    try:
        closed = _desk(app).close(case_id, me.counsellor_id, fence, _said(note), outcome, _follow(follow, ask))
    except BadInput as error:
        return await _again(request, app, me, case_id, error, note=note, follow=follow, ask=ask)
    return await _done(request, app, me, case_id, closed, note=note, follow=follow, ask=ask)


@router.post("/{case_id}/open-again")
async def open_again(case_id: UUID, request: Request, app: App, me: CounsellorForm, note: Note = "") -> Response:
    """Open a case again that was closed or handed back, and say why."""
    try:
        opened = _desk(app).open_again(case_id, me.counsellor_id, _said(note))
    except BadInput as error:
        return await _again(request, app, me, case_id, error, note=note)
    return await _done(request, app, me, case_id, opened, note=note)


def _desk(app: App) -> Desk:
    return app.services.desk


async def _done(
    request: Request, app: App, me: SignedIn, case_id: UUID, deed: Awaitable[None], *, onward: str = "", **written: str
) -> Response:
    """Do it and go back to the case; or show the page once more with what was wrong and the words that were written."""
    try:
        await deed
    except Conflict as error:
        return await _again(request, app, me, case_id, error, **written)
    return RedirectResponse(onward or f"/counsellor/cases/{case_id}", status_code=303)


async def _again(
    request: Request, app: App, me: SignedIn, case_id: UUID, error: HandholdError, **written: str
) -> Response:
    shown = {"error": error.message, "not_free": error.reason == NOT_FREE, **await case_view(app, case_id, me)}
    values = {"me": me.name, "csrf": me.csrf, **shown, **written}
    return TEMPLATES.TemplateResponse(request, "counsellor/case.html", values, status_code=error.status)


def _chosen(to: UUID | None) -> UUID:
    if to is None:
        raise BadInput("Please choose whom to pass it to.", code="nobody_chosen")
    return to


def _said(note: str) -> str:
    if not note.strip():
        raise BadInput(
            "Please write a short note first: what was done, and what should happen next.", code="empty_note"
        )
    return note.strip()


def _follow(chosen: str, ask: str) -> Plan | None:
    """What the form says of a follow-up; ``BadInput`` without a line on what to ask."""
    hours = _HOURS.get(chosen)
    return None if hours is None else Plan(hours, ask)


def _back_to(case_id: UUID) -> Response:
    return RedirectResponse(f"/counsellor/cases/{case_id}", status_code=303)
