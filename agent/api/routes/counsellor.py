"""The counsellors' accounts: set up, sign in, sign out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from agent.api.deps import SESSION_COOKIE, App, CounsellorForm
from agent.api.schemas import Text, is_address
from agent.api.templates import TEMPLATES
from agent.errors import BadInput, HandholdError, NotAllowed, TooMuch
from agent.storage.repositories.counsellors import NOBODY, SESSION_HOURS

router = APIRouter(prefix="/counsellor", include_in_schema=False)
HASHER = PasswordHasher()
ARGON_AT_ONCE = asyncio.Semaphore(2)
TURN_SECONDS = 5.0
LEAST_PASSWORD = 12
TOO_OLD = "This link has been used or is too old. Ask for a new one: handhold invite"
Field = Annotated[str, Form(max_length=300)]
#: Names and addresses go into columns, which take no NUL.
Line = Annotated[Text, Form(max_length=300)]


@router.get("/setup", response_class=HTMLResponse)
async def setup(request: Request, app: App, token: Annotated[str, Query(max_length=200)] = "") -> Response:
    """The form behind a one-time link."""
    async with app.services.database.unit_of_work() as work:
        link = await work.counsellors.invited(token)
    values = {"token": token, "error": "" if link else TOO_OLD, "csrf": "", "known": link}
    return TEMPLATES.TemplateResponse(request, "counsellor/setup.html", values, status_code=200 if link else 401)


@router.post("/setup", response_class=HTMLResponse)
async def register(
    request: Request, app: App, token: Field, password: Field, name: Line = "", email: Line = ""
) -> Response:
    """Make the account, or give the one that the link is for its new password; and sign in."""
    link = None
    try:
        async with app.services.database.unit_of_work() as work:
            link = await work.counsellors.invited(token)
        if link is None:
            raise NotAllowed(TOO_OLD, code="bad_invite")
        who, address = (link.name or "", link.email) if link.email else (_name(name), _email(email))
        if len(password) < LEAST_PASSWORD:
            raise BadInput(f"Please choose a password of at least {LEAST_PASSWORD} characters.")
        hashed = await _hash(password)
        async with app.services.database.unit_of_work() as work:
            made = await work.counsellors.register(token, who, address, hashed)
            session = await work.counsellors.sign_in(made, datetime.now(UTC))
            await work.commit()
    except HandholdError as error:
        values = {"token": token, "error": error.message, "csrf": "", "known": link}
        return TEMPLATES.TemplateResponse(request, "counsellor/setup.html", values, status_code=error.status)
    return _signed_in(app, session)


@router.get("/login", response_class=HTMLResponse)
async def login(request: Request) -> Response:
    """The sign-in form."""
    return TEMPLATES.TemplateResponse(request, "counsellor/login.html", {"error": "", "csrf": ""})


@router.post("/login", response_class=HTMLResponse)
async def sign_in(request: Request, app: App, email: Line, password: Field) -> Response:
    """Check the password. Every failure looks and takes the same."""
    now = datetime.now(UTC)
    async with app.services.database.unit_of_work() as work:
        account = await work.counsellors.account(email.strip().lower())
    fits = await _verify(account.password_hash if account else NOBODY, password)
    async with app.services.database.unit_of_work() as work:
        # Looked at anew: of many tries at once, those after the fifth wrong one do not count as tried.
        account = await work.counsellors.account(email.strip().lower(), hold=True)
        if account is not None and fits and not account.locked:
            session = await work.counsellors.sign_in(account.id, now)
            await work.commit()
            return _signed_in(app, session)
        if account is not None and not fits:
            await work.counsellors.failed(account.id, now)
            await work.commit()
    error = "That did not work. Check both, or wait five minutes after several tries."
    values = {"error": error, "csrf": ""}
    return TEMPLATES.TemplateResponse(request, "counsellor/login.html", values, status_code=401)


@router.post("/logout")
async def logout(request: Request, app: App, me: CounsellorForm) -> Response:
    """End the session."""
    del me
    async with app.services.database.unit_of_work() as work:
        await work.counsellors.sign_out(request.cookies.get(SESSION_COOKIE, ""))
        await work.commit()
    away = RedirectResponse("/counsellor/login", status_code=303)
    away.delete_cookie(SESSION_COOKIE, path="/counsellor")
    return away


def _signed_in(app: App, session: str) -> Response:
    onward = RedirectResponse("/counsellor", status_code=303)
    onward.set_cookie(
        SESSION_COOKIE, session, max_age=SESSION_HOURS * 3600, path="/counsellor", httponly=True, samesite="strict",
        secure=app.settings.server.secure_cookies,
    )  # fmt: skip
    return onward


def _name(name: str) -> str:
    if not name.strip():
        raise BadInput("Please tell us your name as your colleagues know it.")
    return name.strip()[:80]


def _email(email: str) -> str:
    address = email.strip().lower()
    if not is_address(address):
        raise BadInput("Please check the e-mail address.")
    return address


async def _hash(password: str) -> str:
    async with _turn():
        return await asyncio.to_thread(HASHER.hash, password)


async def _verify(hashed: str, password: str) -> bool:
    async with _turn():
        try:
            return await asyncio.to_thread(HASHER.verify, hashed, password)
        except VerificationError:
            return False


@asynccontextmanager
async def _turn() -> AsyncIterator[None]:
    """Hashing takes memory and a core: two at once, and nobody waits long behind somebody who is guessing."""
    try:
        async with asyncio.timeout(TURN_SECONDS):
            await ARGON_AT_ONCE.acquire()
    except TimeoutError as error:
        raise TooMuch("Many people are signing in at this moment. Please try again in a minute.") from error
    try:
        yield
    finally:
        ARGON_AT_ONCE.release()
