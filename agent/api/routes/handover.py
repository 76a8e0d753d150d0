"""The handover of a shift, on one page that can be printed."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from agent.api.after_view import handover_view
from agent.api.deps import App, Counsellor
from agent.api.templates import TEMPLATES

router = APIRouter(prefix="/counsellor", include_in_schema=False)


@router.get("/handover", response_class=HTMLResponse)
async def handover(request: Request, app: App, me: Counsellor) -> Response:
    """Every live case, what was closed in the last twelve hours, and what is due in the next day."""
    values = {"me": me.name, "csrf": me.csrf, **await handover_view(app)}
    return TEMPLATES.TemplateResponse(request, "counsellor/handover.html", values)
