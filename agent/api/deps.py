"""What routes ask for: the application, the person behind a token, the counsellor behind a session."""

import secrets
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Form, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from agent.bootstrap import Application
from agent.errors import NotAllowed, NotPermitted
from agent.storage.repositories.counsellors import SignedIn

DEVICE_COOKIE = "handhold_device"
SESSION_COOKIE = "handhold_counsellor"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def application(request: Request) -> Application:
    """The running process."""
    return cast("Application", request.app.state.handhold)


App = Annotated[Application, Depends(application)]


def device_token(request: Request) -> str | None:
    """From the Authorization header, else from the page's cookie."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return request.cookies.get(DEVICE_COOKIE)


#: Only so that the OpenAPI document says how to come in; ``device_token`` does the reading.
_DOCUMENTED = HTTPBearer(scheme_name="device_token", description="From starting a conversation.", auto_error=False)


async def person(
    app: App,
    token: Annotated[str | None, Depends(device_token)],
    _: Annotated[HTTPAuthorizationCredentials | None, Security(_DOCUMENTED)],
) -> UUID:
    """Who is writing; ``NotAllowed`` for a missing or unknown token."""
    app.running()
    if token:
        async with app.services.database.unit_of_work() as work:
            found = await work.people.by_token(token)
        if found is not None:
            return found
    raise NotAllowed("This device is not known here. Start a new conversation.", code="unknown_device")


Person = Annotated[UUID, Depends(person)]


def own_site(request: Request) -> None:
    """A browser says where a request comes from (Fetch Metadata): what changes something comes from our own pages.

    Programs send no such header and are let through: they carry nobody's cookie.
    """
    if request.method not in _SAFE and request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise NotPermitted("This was sent from another site. Open the page here and try again.", code="other_site")


class NotSignedIn(NotAllowed):
    """A counsellor's page without a session: the browser is sent to sign in."""

    code = "not_signed_in"


async def counsellor(app: App, request: Request) -> SignedIn:
    """Who is signed in to the counsellors' pages."""
    token = request.cookies.get(SESSION_COOKIE)
    app.running()
    if token:
        async with app.services.database.unit_of_work() as work:
            found = await work.counsellors.session(token)
        if found is not None:
            return found
    raise NotSignedIn("Please sign in.")


Counsellor = Annotated[SignedIn, Depends(counsellor)]


async def supervisor(me: Counsellor) -> SignedIn:
    """A counsellor who is a supervisor; ``NotPermitted`` for others."""
    if not me.supervisor:
        raise NotPermitted("This page is for supervisors.")
    return me


Supervisor = Annotated[SignedIn, Depends(supervisor)]


async def counsellor_form(me: Counsellor, csrf: Annotated[str, Form()] = "") -> SignedIn:
    """A counsellor who sent one of our own forms."""
    if not secrets.compare_digest(me.csrf.encode(), csrf.encode("utf-8", "replace")):
        raise NotAllowed("This form is too old. Go back, reload the page and try again.", code="bad_csrf")
    return me


CounsellorForm = Annotated[SignedIn, Depends(counsellor_form)]


async def supervisor_form(me: CounsellorForm) -> SignedIn:
    """A supervisor who sent one of our own forms."""
    if not me.supervisor:
        raise NotPermitted("Only a supervisor can do this.")
    return me


SupervisorForm = Annotated[SignedIn, Depends(supervisor_form)]
