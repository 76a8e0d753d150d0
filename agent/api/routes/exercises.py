"""Exercises on a page: begin, go on, put away, take up again. The state machine is ``agent.domain.exercise``."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from agent.api.deps import App, Person
from agent.api.replies import card_here
from agent.api.schemas import ErrorBody, ErrorOut, HelpedIn
from agent.api.schemas_care import BeginIn, ExerciseOut, ExercisesOut, MovedOut, MoveIn, PracticeOut, TakenUpOut
from agent.api.templates import TEMPLATES
from agent.care.exercises import load
from agent.domain.exercise import (
    MOST_WORDS,
    Exercise,
    Practice,
    go_back,
    go_on,
    intend,
    level_for,
    look_back,
    make_gentler,
    put_away,
    take_up,
)
from agent.domain.offer import Offer
from agent.errors import BadInput, NotFound
from agent.graph.beside import heed

router = APIRouter(prefix="/v1/exercises", tags=["exercises"])
pages = APIRouter(include_in_schema=False)
NEWER = "This was changed meanwhile, here or in another window. What you see now is the newest."


@router.get("")
async def read(app: App, person: Person) -> ExercisesOut:
    """What there is to do, and what was done."""
    async with app.services.database.unit_of_work() as work:
        stored = await work.practices.of(person)
    past = [s.practice for s in reversed(stored)]
    return ExercisesOut(
        exercises=[ExerciseOut.of(e, level_for([p for p in past if p.exercise == e.key])) for e in load().values()],
        practices=[PracticeOut.of(s) for s in stored if s.practice.exercise in load()],
    )


@router.put("/practices/{practice_id}", response_model=PracticeOut)
async def begin(practice_id: UUID, body: BeginIn, app: App, person: Person) -> PracticeOut | Response:
    """Begin. The same id again is the same practice, as far as it has come; 409 if it is of another exercise."""
    if body.exercise not in load():
        raise BadInput("There is no such exercise.", code="unknown_exercise")
    async with app.services.database.unit_of_work() as work:
        stored = await work.practices.get(practice_id, person)
        if stored is None:
            stored = await work.practices.keep(practice_id, person, Practice(body.exercise, body.level), 0)
            await work.commit()
    if stored is None or stored.practice.exercise != body.exercise:
        return _newer(PracticeOut.of(stored) if stored else None)
    return PracticeOut.of(stored)


@router.post("/practices/{practice_id}/moves", response_model=MovedOut)
async def move(practice_id: UUID, body: MoveIn, app: App, person: Person) -> MovedOut | Response:
    """Do one thing. If there is a newer revision than ``based_on``: 409, with it in ``practice`` beside the error."""
    taken_up = None
    if words := body.said():
        taken_up = await heed(app.running(), person, uuid5(practice_id, f"{body.based_on} {body.do}"), words)
    async with app.services.database.unit_of_work() as work:
        stored = await work.practices.get(practice_id, person, keep=True)
        if stored is None:
            raise NotFound("There is no such practice.", code="unknown_practice")
        if stored.revision != body.based_on:
            return _newer(PracticeOut.of(stored))
        try:
            moved = _MOVES[body.do](stored.practice, load()[stored.practice.exercise], body)
        except ValueError as error:
            raise BadInput(f"That cannot be done now: {error}.", code="bad_move") from error
        kept = await work.practices.keep(practice_id, person, moved, body.based_on)
        await work.commit()
    if kept is None:
        return _newer(None)
    return MovedOut(practice=PracticeOut.of(kept), taken_up=TakenUpOut.of(taken_up) if taken_up else None)


@router.put("/practices/{practice_id}/helped", status_code=204)
async def helped(practice_id: UUID, body: HelpedIn, app: App, person: Person) -> None:
    """Say whether it helped. It may be said again; the last word counts."""
    async with app.services.database.unit_of_work() as work:
        stored = await work.practices.get(practice_id, person)
        if stored is None:
            raise NotFound("There is no such practice.", code="unknown_practice")
        key = stored.practice.exercise
        name = load()[key].name if key in load() else ""
        await work.offers.keep(practice_id, person, Offer(key, helped=body.helped, name=name))
        await work.offers.say(practice_id, person, body.helped)
        await work.commit()


@router.delete("/practices/{practice_id}", status_code=204)
async def forget(practice_id: UUID, app: App, person: Person) -> None:
    """Take one out, with all that was written in it."""
    async with app.services.database.unit_of_work() as work:
        await work.practices.forget(practice_id, person)
        await work.commit()


@pages.get("/exercises", response_class=HTMLResponse)
async def page(request: Request, app: App) -> Response:
    """The exercises, to do and to look back on."""
    return TEMPLATES.TemplateResponse(request, "exercises.html", {"card": card_here(app, request), "most": MOST_WORDS})


def _looked_back(practice: Practice, move: MoveIn) -> Practice:
    if move.outcome is None:
        raise ValueError("say what came of it")
    return look_back(practice, move.outcome)


def _intended(practice: Practice, move: MoveIn) -> Practice:
    return intend(practice, move.words, datetime.now(UTC) + timedelta(days=move.days))


_MOVES: Final[dict[str, Callable[[Practice, Exercise, MoveIn], Practice]]] = {
    "go_on": lambda p, e, m: go_on(p, e, m.words),
    "go_back": lambda p, e, _: go_back(p, e),
    "put_away": lambda p, e, m: put_away(p, e, m.words),
    "take_up": lambda p, *_: take_up(p),
    "make_gentler": lambda p, e, _: make_gentler(p, e),
    "intend": lambda p, _, m: _intended(p, m),
    "look_back": lambda p, _, m: _looked_back(p, m),
}


def _newer(practice: PracticeOut | None) -> Response:
    error = ErrorOut(error=ErrorBody(code="newer_practice", message=NEWER)).model_dump(mode="json", exclude_none=True)
    return JSONResponse({**error, "practice": practice.model_dump(mode="json") if practice else None}, status_code=409)
