"""On a case: reach the contact whom the person has named, and write the safety plan together with them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from agent.api.case_view import case_view
from agent.api.deps import App, CounsellorForm
from agent.api.routes.plan import NEWER
from agent.api.schemas import Text
from agent.api.schemas_trusted import PlanParts
from agent.api.templates import TEMPLATES
from agent.api.trust_view import TrustRefused
from agent.errors import BadInput, Conflict, HandholdError, NotFound
from agent.storage.repositories.counsellors import SignedIn

router = APIRouter(prefix="/counsellor/cases/{case_id}", include_in_schema=False)
Number = Annotated[int, Form(ge=0)]
Words = Annotated[Text, Form()]
MOST_REASON = 2000


@router.post("/trusted/look-up")
async def look_up(
    case_id: UUID, request: Request, app: App, me: CounsellorForm, fence: Number, reach: Annotated[UUID, Form()],
    reason: Words = "", tried: Annotated[list[str] | None, Form()] = None,
) -> Response:  # fmt: skip
    """Give the reason, and see who it is."""
    given = TrustRefused("trusted", reason=reason, tried=frozenset(tried or ()))
    try:
        if len(reason) > MOST_REASON:
            raise BadInput(f"Please make the reason {MOST_REASON} characters or fewer.", code="reason_too_long")  # noqa: TRY301
        await app.services.trusted.look_up(case_id, me.counsellor_id, fence, reach, reason.strip(), given.tried)
    except (BadInput, Conflict) as error:
        return await _again(request, app, me, case_id, error, given)
    return _back(case_id, "trusted")


@router.post("/trusted/send")
async def send(
    case_id: UUID, request: Request, app: App, me: CounsellorForm, fence: Number, reach: Annotated[UUID, Form()]
) -> Response:
    """Write to the contact that was looked up."""
    try:
        await app.services.trusted.send(case_id, me.counsellor_id, fence, reach)
    except (Conflict, NotFound) as error:
        return await _again(request, app, me, case_id, error, TrustRefused("trusted"))
    return _back(case_id, "trusted")


@router.post("/trusted/again")
async def allow_again(case_id: UUID, request: Request, app: App, me: CounsellorForm) -> Response:
    """A supervisor allows one more message to the contact."""
    try:
        if not me.supervisor:
            raise Conflict("Only a supervisor can allow this.", code="not_permitted")  # noqa: TRY301
        await app.services.trusted.allow_again(case_id, me.counsellor_id)
    except Conflict as error:
        return await _again(request, app, me, case_id, error, TrustRefused("trusted"))
    return _back(case_id, "trusted")


@router.post("/plan")
async def save_plan(
    case_id: UUID, request: Request, app: App, me: CounsellorForm, fence: Number, based_on: Number,
    warning_signs: Words = "", myself: Words = "", distraction: Words = "", people: Words = "",
    professionals: Words = "", safer: Words = "",
) -> Response:  # fmt: skip
    """Save the plan that the person sees, too. What somebody saved meanwhile is shown beside what was written."""
    parts = PlanParts(
        warning_signs=warning_signs, myself=myself, distraction=distraction, people=people,
        professionals=professionals, safer=safer,
    )  # fmt: skip
    given = TrustRefused("plan", parts=parts.model_dump())
    try:
        plan = parts.plan()
        async with app.services.database.unit_of_work() as work:
            person_id, tier = await work.claims.seated(case_id, me.counsellor_id, fence)
            saved = await work.plans.save(person_id, based_on, plan, me.counsellor_id)
            if saved is None:
                raise Conflict(NEWER, code="newer_plan")  # noqa: TRY301
            if saved.revision > based_on:
                said = f"version {saved.revision}"
                await work.record.add(case_id, "plan", person_id, tier, actor=me.counsellor_id, detail=said)
            await work.commit()
    except (BadInput, Conflict) as error:
        return await _again(request, app, me, case_id, error, given)
    return _back(case_id, "plan")


async def _again(
    request: Request, app: App, me: SignedIn, case_id: UUID, error: HandholdError, given: TrustRefused
) -> Response:
    """The page once more, with what was wrong and what was written."""
    shown = await case_view(app, case_id, me, trust_refused=given.because(error.message))
    values = {"me": me.name, "csrf": me.csrf, "error": "", **shown}
    return TEMPLATES.TemplateResponse(request, "counsellor/case.html", values, status_code=error.status)


def _back(case_id: UUID, part: str) -> Response:
    return RedirectResponse(f"/counsellor/cases/{case_id}#{part}-part", status_code=303)
