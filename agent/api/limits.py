"""No request is read further than Handhold can take; the answer is an error like any other, with help in it."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY = 64 * 1024


class BodyLimit:
    """Counts what arrives, whatever Content-Length says. FastAPI's own limit answers plain text, past our handlers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stop reading with a 413 as soon as it is too much."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MOST_BODY:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)
