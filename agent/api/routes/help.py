"""Help by country or locale, and health."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Response

from agent.api.deps import App
from agent.api.schemas import CardOut
from agent.escalation.trouble import Trouble, on_disk, trouble
from agent.safety.helplines import Helplines

router = APIRouter(tags=["help"])


@router.get("/v1/help")
async def help_card(
    app: App,
    locale: Annotated[str, Query(max_length=35)] = "",
    country: Annotated[str, Query(max_length=2)] = "",
) -> CardOut:
    """The help card. Answers also while everything else is still starting."""
    lines = app.services.helplines if app.ready else Helplines.load(app.settings.safety.default_country)
    return CardOut.of(lines.card(country.upper() or lines.country_of(locale)))


@router.get("/health")
async def health(app: App, response: Response) -> dict[str, object]:
    """200 once a turn would be answered, else 503 with what is not ready. ``attention``: somebody must look."""
    missing = [] if app.ready else ["turns"]
    found = Trouble()
    if app.ready:
        services = app.services
        if await app.database_answers():
            found = await trouble(services.database, services.spool, services.desk.policy)
        else:
            found = on_disk(services.spool)
            missing.append("database")
    response.status_code = 503 if missing else 200
    return {
        "status": "not_ready" if missing else "attention" if found.codes else "ok",
        "not_ready": missing,
        "attention": found.codes,
        "parts": app.parts,
        **asdict(found),
    }
