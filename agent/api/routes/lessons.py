"""Messages of closed cases that supervisors read, edit, and approve as examples or throw away."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from agent.api.deps import App, Supervisor, SupervisorForm
from agent.api.schemas import Text
from agent.api.templates import TEMPLATES
from agent.domain.lesson import Lesson, problems
from agent.errors import BadInput, Conflict, HandholdError
from agent.storage.repositories.counsellors import SignedIn
from agent.storage.repositories.lessons import StoredLesson
from classifiers.labels import DOMAINS, INTENTS, SIGNS, TIERS, Domain, Intent, Sign, TierName

router = APIRouter(prefix="/counsellor/lessons", include_in_schema=False)
SHOWN: Final = 20


@router.get("", response_class=HTMLResponse)
async def lessons(request: Request, app: App, me: Supervisor) -> Response:
    """Those that wait, the oldest first."""
    return await _page(request, app, me)


@router.post("/{lesson_id}/approve")
async def approve(
    lesson_id: UUID, request: Request, app: App, me: SupervisorForm, text: Annotated[Text, Form(max_length=8000)],
    tier: Annotated[TierName, Form()], whose: Annotated[Literal["self", "other", "none"], Form()],
    when: Annotated[Literal["now", "past", "none"], Form()], intent: Annotated[Intent, Form()],
    reason: Annotated[Text, Form(max_length=400)] = "", domains: Annotated[list[Domain] | None, Form()] = None,
    signs: Annotated[list[Sign] | None, Form()] = None,
) -> Response:  # fmt: skip
    """It may leave as it stands in the form. Refused while a mark is left in it."""
    async with app.services.database.unit_of_work() as work:
        one = await work.lessons.get(lesson_id)
        edited = replace(
            one.lesson, text=text.strip(), tier=tier, domains=tuple(domains or ()), whose=whose, when=when,
            intent=intent, signs=tuple(signs or ()), reason=reason.strip(),
        )  # fmt: skip
        try:
            await work.lessons.approve(one, me.counsellor_id, _ready(edited))
        except (BadInput, Conflict) as error:
            return await _page(request, app, me, error, (lesson_id, edited))
        await work.commit()
    return RedirectResponse("/counsellor/lessons", status_code=303)


@router.post("/{lesson_id}/throw-away")
async def throw_away(lesson_id: UUID, app: App, me: SupervisorForm) -> Response:
    """It never leaves."""
    async with app.services.database.unit_of_work() as work:
        await work.lessons.throw_away(lesson_id, me.counsellor_id)
        await work.commit()
    return RedirectResponse("/counsellor/lessons", status_code=303)


def _ready(lesson: Lesson) -> Lesson:
    if wrong := problems(lesson):
        raise BadInput(" ".join(wrong), code="lesson_not_ready")
    return lesson


async def _page(
    request: Request, app: App, me: SignedIn, error: HandholdError | None = None,
    edited: tuple[UUID, Lesson] | None = None,
) -> Response:  # fmt: skip
    async with app.services.database.unit_of_work() as work:
        waiting = await work.lessons.listed("waiting", SHOWN)
        counts = await work.lessons.count()
        others = sum(one.supervisor for one in await work.roster.everybody()) > 1
    values = {
        "me": me.name, "csrf": me.csrf, "on": app.settings.safety.learn_from_cases, "counts": counts,
        "lessons": _rows(waiting, edited, error, own=me.counsellor_id if others else None),
        "tiers": TIERS, "domains": DOMAINS, "intents": INTENTS, "signs": SIGNS,
    }  # fmt: skip
    status = error.status if error else 200
    return TEMPLATES.TemplateResponse(request, "counsellor/lessons.html", values, status_code=status)


def _rows(
    waiting: Sequence[StoredLesson], edited: tuple[UUID, Lesson] | None, error: HandholdError | None, own: UUID | None
) -> list[dict[str, object]]:
    """``own``: who looks, where they may not approve what they closed themselves."""
    rows = []
    for one in waiting:
        mine = edited is not None and edited[0] == one.id
        rows.append(
            {
                "id": str(one.id), "case_id": str(one.case_id), "short_id": str(one.case_id)[:8],
                "outcome": one.outcome, "closer": one.closer, "closed_at": one.made_at, "own": one.closed_by == own,
                "error": error.message if mine and error else "",
                "lesson": edited[1] if mine and edited else one.lesson,
            }
        )  # fmt: skip
    return rows
