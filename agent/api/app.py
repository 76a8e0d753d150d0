"""The FastAPI application. It listens at once and becomes ready when the application behind it has started."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from agent.api import errors
from agent.api.deps import own_site
from agent.api.headers import SecurityHeaders
from agent.api.limits import BodyLimit
from agent.api.routes import (  # "help" is the field's word
    board,
    case_trust,
    cases,
    conversations,
    counsellor,
    duty,
    exercises,
    follow_ups,
    forms,
    handling,
    handover,
    help,  # noqa: A004
    lessons,
    measures,
    memory,
    metrics,
    pages,
    patterns,
    plan,
    reminders,
    trusted,
    turns,
)
from agent.api.schemas import REFUSALS, ErrorOut
from agent.api.templates import VERSION, WEB
from agent.bootstrap import Application


class _HeadersOutside(FastAPI):
    """Security headers stand outside everything, also outside the handler of what nobody expected."""

    def build_middleware_stack(self) -> ASGIApp:
        """Wrap the whole stack."""
        return SecurityHeaders(super().build_middleware_stack())


def create(application: Application) -> FastAPI:
    """The API and the pages on one application, which the caller starts and stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.handhold = application
        yield

    app = _HeadersOutside(
        title="Handhold", version=VERSION, summary="A mental-health support agent. Not an emergency service.",
        lifespan=lifespan, docs_url=None, redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        responses={code: {"model": ErrorOut} for code in REFUSALS}, dependencies=[Depends(own_site)],
    )  # fmt: skip
    app.state.handhold = application
    errors.install(app)
    for module in (
        conversations, turns, help, pages, counsellor, duty, handling, forms, cases, board, metrics, follow_ups,
        handover, lessons,
    ):  # fmt: skip
        app.include_router(module.router)
    for router in (
        trusted.router, trusted.pages, plan.router, plan.pages, measures.router, measures.pages, exercises.router,
        exercises.pages, memory.router, memory.pages, patterns.router, patterns.pages,
        reminders.router, reminders.pages, case_trust.router,
    ):  # fmt: skip
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=WEB / "static"), name="static")
    app.add_middleware(BodyLimit)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(application.settings.server.allowed_hosts))
    return app
