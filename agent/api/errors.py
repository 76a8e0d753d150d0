"""The second boundary that catches everything: errors become a code and words, never a stack or somebody's text."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from psycopg import Error as PostgresError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from agent.api.deps import NotSignedIn
from agent.api.schemas import CardOut, ErrorBody, ErrorOut
from agent.api.templates import TEMPLATES
from agent.errors import HandholdError
from agent.safety.helplines import Helplines

log = logging.getLogger("handhold.api")
_TOO_LARGE = "This is larger than Handhold can take at once. Please send it in parts; nothing was lost on your side."
_WORDS = {
    400: "This request cannot be read.",
    404: "There is nothing here.",
    405: "This address does not do that.",
    413: _TOO_LARGE,
}


def install(app: FastAPI) -> None:
    """Register the handlers."""
    helplines = Helplines.load()

    def answer(request: Request, status: int, code: str, message: str, fields: list[str] | None = None) -> Response:
        if request.url.path.startswith("/counsellor"):
            return _page(request, status, message)
        wrote = request.method == "POST" and "/turns" in request.url.path
        language = request.headers.get("accept-language", "").split(",")[0]
        card = CardOut.of(helplines.card(helplines.country_of(language))) if wrote and status != 401 else None  # noqa: PLR2004
        body = ErrorOut(error=ErrorBody(code=code, message=message, fields=fields or [], help=card))
        return JSONResponse(body.model_dump(mode="json", exclude_none=True), status_code=status)

    @app.exception_handler(HandholdError)
    async def ours(request: Request, error: HandholdError) -> Response:
        # To a script a redirect looks like success, and it would throw away what was written.
        if isinstance(error, NotSignedIn) and request.headers.get("x-requested-with") != "fetch":
            return RedirectResponse("/counsellor/login", status_code=303)
        return answer(request, error.status, error.reason, error.message)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        # Field names only: what was sent is never sent back. Unknown names are not ours to repeat.
        known = {
            "turn_id",
            "text",
            "locale",
            "conversation_id",
            "country",
            "note",
            "email",
            "name",
            "password",
            "token",
            "agreed",
            "called",
            "phone",
            "parts",
            "based_on",
        }
        fields = sorted({str(p) for e in error.errors() for p in e["loc"] if str(p) in known})
        broken = any(e["type"] == "json_invalid" for e in error.errors())
        message = "This is not valid JSON." if broken else "Something in this request is missing or has the wrong form."
        return answer(request, 422, "invalid_json" if broken else "bad_input", message, fields)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        code = "too_large" if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else status.name.lower()
        return answer(request, status, code, _WORDS.get(status, f"{status.phrase}."))

    @app.exception_handler(SQLAlchemyError)
    @app.exception_handler(PostgresError)
    async def away(request: Request, error: SQLAlchemyError | PostgresError) -> Response:
        log.error("database_error", extra={"code": type(error).__name__, "status": "503"})
        return answer(
            request, 503, "storage_away", "This could not be stored just now. Please send it again in a moment."
        )

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        log.error("unexpected_error", exc_info=error, extra={"code": type(error).__name__, "status": "500"})
        return answer(
            request, 500, "internal", "Something went wrong on our side. Your message was not lost by you; try again."
        )


def _page(request: Request, status: int, message: str) -> HTMLResponse:
    values = {"title": "That did not work", "message": message, "status": status, "me": "", "csrf": ""}
    return TEMPLATES.TemplateResponse(request, "counsellor/error.html", values, status_code=status)
