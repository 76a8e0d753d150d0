"""The counsellors' cases: the list, one case, and the bell of both."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from agent.api.case_view import case_view, list_view
from agent.api.deps import App, Counsellor
from agent.api.feeds import desk_feed
from agent.api.templates import TEMPLATES

router = APIRouter(prefix="/counsellor", include_in_schema=False)
Show = Annotated[str, Query(pattern="^(live|closed)$")]


@router.get("", response_class=HTMLResponse)
@router.get("/cases", response_class=HTMLResponse)
async def cases(request: Request, app: App, me: Counsellor, show: Show = "live") -> Response:
    """The list: who waits, by tier, then deadline, then age; then who is with somebody."""
    listed = await list_view(app, me.counsellor_id, show)
    values = {"me": me.name, "csrf": me.csrf, "error": "", "supervisor": me.supervisor, **listed}
    return TEMPLATES.TemplateResponse(request, "counsellor/cases.html", values)


@router.get("/cases/list", response_class=HTMLResponse)
async def case_list(request: Request, app: App, me: Counsellor, show: Show = "live") -> Response:
    """The list alone, fetched again by the page when the bell rings."""
    values = await list_view(app, me.counsellor_id, show)
    return TEMPLATES.TemplateResponse(request, "counsellor/_cases.html", values)


@router.get("/events", response_class=EventSourceResponse)
async def events(app: App, me: Counsellor, case: UUID | None = None) -> AsyncIterator[ServerSentEvent]:
    """Server-sent ``changed``: look again. Once at the beginning, so that nothing is missed before or between."""
    del me
    async for event in desk_feed(app, case):
        yield event


@router.get("/cases/{case_id}", response_class=HTMLResponse)
async def case(case_id: UUID, request: Request, app: App, me: Counsellor, *, again: bool = False) -> Response:
    """One case: why, the conversation, what has happened. ``again``: the page looks by itself, perhaps for nobody."""
    values = {"me": me.name, "csrf": me.csrf, "error": "", **await case_view(app, case_id, me, again=again)}
    return TEMPLATES.TemplateResponse(request, "counsellor/case.html", values)
