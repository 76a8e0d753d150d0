"""Prometheus series. There is no such address unless a token is set, and then only that token opens it."""

import secrets

from fastapi import APIRouter, HTTPException, Request, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from agent.api.deps import App
from agent.api.series import exposition
from agent.errors import NotAllowed

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def metrics(app: App, request: Request) -> Response:
    """Text format 0.0.4, which every scraper reads."""
    token = app.settings.metrics.token
    if token is None:
        raise HTTPException(404)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    fits = secrets.compare_digest(given.strip().encode("utf-8", "replace"), token.get_secret_value().encode())
    if scheme.lower() != "bearer" or not fits:
        raise NotAllowed("This needs the token of the settings.", code="bad_token")
    app.running()
    return Response(await exposition(app), headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})
