"""The person's page."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from agent.api.deps import App
from agent.api.replies import card_here
from agent.api.routes.conversations import NOTICE
from agent.api.templates import TEMPLATES, VERSION
from agent.escalation.hands_words import HANDS_WORDS
from agent.safety.helplines import Helplines

router = APIRouter(include_in_schema=False)


@router.get("/", response_class=HTMLResponse)
async def chat(request: Request, app: App) -> HTMLResponse:
    """The chat. The help card is part of the page, so that it shows without script or network."""
    helplines = app.services.helplines if app.ready else Helplines.load(app.settings.safety.default_country)
    values = {
        "notice": NOTICE,
        "card": card_here(app, request),
        "countries": helplines.countries(),
        "hands": HANDS_WORDS,
        "version": VERSION,
    }
    return TEMPLATES.TemplateResponse(request, "chat.html", values)
