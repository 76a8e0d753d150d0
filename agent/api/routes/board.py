"""The wallboard, for supervisors: a page, the part of it that refreshes, and the cases of some days as CSV."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from agent.api.board_view import board_view, csv_of, stretch
from agent.api.deps import App, Supervisor
from agent.api.templates import TEMPLATES

router = APIRouter(prefix="/counsellor", include_in_schema=False)
Day = Annotated[str, Query(max_length=40)]


@router.get("/board", response_class=HTMLResponse)
async def board(request: Request, app: App, me: Supervisor) -> Response:
    """The page."""
    first, last = await stretch(app, "", "")
    values = {"me": me.name, "csrf": me.csrf, "first": first, "last": last, **await board_view(app)}
    return TEMPLATES.TemplateResponse(request, "counsellor/board.html", values)


@router.get("/board/now", response_class=HTMLResponse)
async def board_now(request: Request, app: App, me: Supervisor) -> Response:
    """The numbers alone, fetched again by the page every few seconds."""
    del me
    return TEMPLATES.TemplateResponse(request, "counsellor/_board.html", await board_view(app))


@router.get("/board.csv")
async def export(
    app: App,
    me: Supervisor,
    first: Annotated[Day, Query(alias="from")] = "",
    last: Annotated[Day, Query(alias="to")] = "",
) -> Response:
    """A row for each case opened on these days (UTC), both among them."""
    del me
    start, end = await stretch(app, first.strip(), last.strip())
    headers = {"Content-Disposition": f'attachment; filename="cases-{start}-{end}.csv"'}
    return StreamingResponse(csv_of(app, start, end), media_type="text/csv; charset=utf-8", headers=headers)
