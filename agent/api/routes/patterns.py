"""Check-ins and what they show over time."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from agent.api.deps import App, Person
from agent.api.replies import card_here
from agent.api.schemas_care import TakenUpOut
from agent.api.schemas_patterns import CheckInIn, MarkedOut, PatternsOut
from agent.api.templates import TEMPLATES
from agent.care.patterns import helped, way, weights
from agent.domain.mood import MOST_SAID
from agent.errors import Conflict
from agent.graph.beside import heed

router = APIRouter(prefix="/v1/patterns", tags=["patterns"])
pages = APIRouter(include_in_schema=False)


@router.get("")
async def read(app: App, person: Person, zone: Annotated[str, Query(max_length=60)] = "UTC") -> PatternsOut:
    """Your check-ins, and what they show. ``zone``: whose calendar makes the days; UTC if it is not known."""
    async with app.services.database.unit_of_work() as work:
        check_ins, offers = await work.check_ins.of(person), await work.offers.of(person)
    which = way(check_ins, datetime.now(UTC), _zone(zone))
    return PatternsOut.of(check_ins, which, weights(check_ins), helped([o.offer for o in offers]))


@router.put("/check-ins/{check_in_id}")
async def check_in(check_in_id: UUID, body: CheckInIn, app: App, person: Person) -> MarkedOut:
    """Say how you are, or change it. The same id is the same check-in."""
    mark = body.mark()
    taken_up = None
    if mark.words:
        taken_up = await heed(app.running(), person, uuid5(check_in_id, mark.words), mark.words)
    async with app.services.database.unit_of_work() as work:
        if not await work.check_ins.keep(check_in_id, person, mark):
            raise Conflict("That cannot be kept under this id.", code="not_yours")
        await work.commit()
    return MarkedOut(taken_up=TakenUpOut.of(taken_up) if taken_up else None)


@router.delete("/check-ins/{check_in_id}", status_code=204)
async def forget(check_in_id: UUID, app: App, person: Person) -> None:
    """Delete one for good."""
    async with app.services.database.unit_of_work() as work:
        await work.check_ins.forget(check_in_id, person)
        await work.commit()


@pages.get("/patterns", response_class=HTMLResponse)
async def page(request: Request, app: App) -> Response:
    """How it has been, and the check-in."""
    return TEMPLATES.TemplateResponse(request, "patterns.html", {"card": card_here(app, request), "most": MOST_SAID})


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
