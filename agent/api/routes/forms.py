"""The forms beside a conversation: save one, and look at somebody else's decision. What is refused comes back whole."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from agent.api.case_view import case_view
from agent.api.deps import App, Counsellor, CounsellorForm
from agent.api.form_view import Refused
from agent.api.schemas import Text, clean_text
from agent.api.templates import TEMPLATES
from agent.domain.forms import MOST_NOTE, Answer, Filled, FormKind
from agent.errors import BadInput, Conflict
from agent.escalation.desk import second_look
from agent.escalation.desk.forms import DECISION, check, form

router = APIRouter(prefix="/counsellor/cases/{case_id}/forms", include_in_schema=False)
Number = Annotated[int, Form(ge=0)]


@router.post("/decision/approval")
async def approve(
    case_id: UUID, request: Request, app: App, me: CounsellorForm, revision: Number,
    agrees: Annotated[str, Form()] = "", remark: Annotated[Text, Form()] = "",
) -> Response:  # fmt: skip
    """A second counsellor's word on a decision: never its author's."""
    try:
        async with app.services.database.unit_of_work() as work:
            await work.forms.approve(case_id, me.counsellor_id, revision, _agreed(agrees), _remark(remark))
            await work.commit()
    except (BadInput, Conflict) as error:
        return await _again(
            request, app, me, case_id, error, Refused("approval", error.message, agrees=agrees, remark=remark)
        )
    return _saved(case_id, "decision")


@router.post("/{kind}")
async def save(
    case_id: UUID, kind: FormKind, request: Request, app: App, me: CounsellorForm, fence: Number, revision: Number
) -> Response:
    """One more revision, by who may write on the case."""
    given = await _given(request)
    try:
        filled = check(form(kind), given)
        said, database = _said(kind, filled), app.services.database
        await second_look.save(database, case_id, kind, me.counsellor_id, fence, revision, filled, said)
    except (BadInput, Conflict) as error:
        return await _again(request, app, me, case_id, error, Refused(kind, error.message, given, revision))
    return _saved(case_id, kind)


async def _given(request: Request) -> dict[str, Answer]:
    """Everything that was sent, in whatever state: a note that is too long must not be lost by being refused early."""
    choices, notes = dict[str, str](), dict[str, str]()
    for name, value in (await request.form()).multi_items():
        into, _, item = name.partition(".")
        if isinstance(value, str) and into in ("choice", "note"):
            (choices if into == "choice" else notes)[item] = str(clean_text(value))
    return {item: Answer(choices.get(item, ""), notes.get(item, "")) for item in {**choices, **notes}}


def _said(kind: FormKind, filled: Filled) -> str:
    """What the case's record says of it."""
    chosen = {item.id: item.choices or {} for item in form(kind).items}.get(DECISION, {})
    return chosen[filled.answers[DECISION].choice].lower() if chosen else ""


def _agreed(agrees: str) -> bool:
    if agrees not in ("yes", "no"):
        raise BadInput("Please say whether you agree.", code="no_choice")
    return agrees == "yes"


def _remark(remark: str) -> str:
    said = remark.strip()
    if not said:
        raise BadInput("Please say why, in a few words.", code="reasons_missing")
    if len(said) > MOST_NOTE:
        raise BadInput(
            f"Please make your words {MOST_NOTE} characters or fewer. Nothing is lost.", code="note_too_long"
        )
    return said


async def _again(
    request: Request, app: App, me: Counsellor, case_id: UUID, error: BadInput | Conflict, refused: Refused
) -> Response:
    """The page once more, with what was wrong, what was written, and what is saved now."""
    values = {"me": me.name, "csrf": me.csrf, "error": "", **await case_view(app, case_id, me, refused)}
    return TEMPLATES.TemplateResponse(request, "counsellor/case.html", values, status_code=error.status)


def _saved(case_id: UUID, kind: FormKind) -> Response:
    return RedirectResponse(f"/counsellor/cases/{case_id}#{kind}-saved", status_code=303)
