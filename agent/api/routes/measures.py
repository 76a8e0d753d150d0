"""Questionnaires that people fill in about themselves. An answer that speaks of danger goes into their chat first."""

from uuid import UUID, uuid5

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from agent.api.deps import App, Person
from agent.api.replies import card_here
from agent.api.schemas_care import AnswersIn, KeptOut, MeasuresOut, TakenUpOut
from agent.api.templates import TEMPLATES
from agent.bootstrap import Application
from agent.domain.measure import Measure, score
from agent.errors import BadInput, Conflict
from agent.graph.beside import take_up

router = APIRouter(prefix="/v1/measures", tags=["questionnaires"])
pages = APIRouter(include_in_schema=False)


@router.get("")
async def read(app: App, person: Person) -> MeasuresOut:
    """What there is to fill in, and what was filled in before."""
    async with app.services.database.unit_of_work() as work:
        return MeasuresOut.of(app.measures, await work.measures.of(person))


@router.put("/results/{result_id}")
async def keep(result_id: UUID, body: AnswersIn, app: App, person: Person) -> KeptOut:
    """Keep one. The same id again is the same one, so that it can be sent again after a lost answer."""
    measure = app.measures.get(body.measure)
    if measure is None:
        raise BadInput("There is no such questionnaire here.", code="unknown_measure")
    try:
        found = score(measure, body.answers)
    except ValueError as error:
        raise BadInput(f"These answers do not fit: {error}.", code="bad_answers") from error
    if all(a is None for a in body.answers):
        raise BadInput("Nothing is answered yet. One answer is enough to keep it.", code="no_answers")
    taken_up = await _take_up(app, person, result_id, measure, found.danger) if found.danger else None
    async with app.services.database.unit_of_work() as work:
        await work.measures.keep(result_id, person, measure.key, body.answers)
        stored = await work.measures.get(result_id, person)
        if stored is None or (stored.measure, list(stored.answers)) != (measure.key, body.answers):
            raise Conflict("This id was used for other answers. Choose a new one.", code="result_id_reused")
        kept = MeasuresOut.of(app.measures, await work.measures.of(person))
        await work.commit()
    return KeptOut(result=next(r for r in kept.results if r.id == result_id), taken_up=taken_up)


@router.delete("/results/{result_id}", status_code=204)
async def forget(result_id: UUID, app: App, person: Person) -> None:
    """Take one out. What was taken up in the chat stays there."""
    async with app.services.database.unit_of_work() as work:
        await work.measures.forget(result_id, person)
        await work.commit()


async def _take_up(app: Application, person: UUID, result_id: UUID, measure: Measure, danger: int) -> TakenUpOut:
    """Before all else, for nothing may lose it."""
    said = measure.told.format(answer=measure.option(danger).text.lower())
    return TakenUpOut.of(await take_up(app.running(), person, uuid5(result_id, "danger"), said))


@pages.get("/measures", response_class=HTMLResponse)
async def page(request: Request, app: App) -> Response:
    """The questionnaires, to fill in and to look back on."""
    return TEMPLATES.TemplateResponse(request, "measures.html", {"card": card_here(app, request)})
