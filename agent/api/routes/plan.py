"""The person's safety plan: one for all of their conversations, on a page of its own."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from agent.api.deps import App, Person
from agent.api.replies import card_here
from agent.api.schemas import ErrorBody, ErrorOut
from agent.api.schemas_trusted import PlanIn, PlanOut
from agent.api.templates import TEMPLATES
from agent.domain.safety_plan import MOST_PART, PARTS

router = APIRouter(prefix="/v1/safety-plan", tags=["safety plan"])
pages = APIRouter(include_in_schema=False)
NEWER = "The plan was changed while you were writing. Nothing is lost: the newer one is beside yours."


@router.get("")
async def read(app: App, person: Person) -> PlanOut:
    """The plan as it stands; revision 0 if nothing was written yet."""
    async with app.services.database.unit_of_work() as work:
        return PlanOut.of(await work.plans.of(person))


@router.put("", response_model=PlanOut)
async def save(body: PlanIn, app: App, person: Person) -> PlanOut | Response:
    """Save one more revision. If there is a newer one than ``based_on``: 409, with it in ``plan`` beside the error."""
    plan = body.parts.plan()
    async with app.services.database.unit_of_work() as work:
        saved = await work.plans.save(person, body.based_on, plan)
        if saved is None:
            newer = PlanOut.of(await work.plans.of(person))
            error = ErrorOut(error=ErrorBody(code="newer_plan", message=NEWER))
            found = {**error.model_dump(mode="json", exclude_none=True), "plan": newer.model_dump(mode="json")}
            return JSONResponse(found, status_code=409)
        case_id = await work.cases.live_case_of(person)
        if case_id is not None and saved.revision > body.based_on:
            tier = (await work.cases.get(case_id)).tier
            await work.record.add(case_id, "plan", person, tier, detail=f"version {saved.revision}, by the person")
        await work.commit()
    return PlanOut.of(saved)


@pages.get("/plan", response_class=HTMLResponse)
async def page(request: Request, app: App) -> Response:
    """The plan, to read, to change and to print."""
    return TEMPLATES.TemplateResponse(
        request, "plan.html", {"card": card_here(app, request), "parts": PARTS, "most": MOST_PART}
    )
