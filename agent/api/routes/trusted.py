"""The trusted contact: what the person names, tests and takes back; and the page on which the contact says no."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from agent.api.deps import App, Person
from agent.api.schemas_trusted import ContactIn, TrustedOut
from agent.api.templates import TEMPLATES

router = APIRouter(prefix="/v1/trusted-contact", tags=["trusted contact"])
pages = APIRouter(include_in_schema=False)
Token = Annotated[str, Path(max_length=200)]


@router.get("")
async def read(app: App, person: Person) -> TrustedOut:
    """Whom you named, and whether they know yet."""
    return await _now(app, person)


@router.put("")
async def name(body: ContactIn, app: App, person: Person) -> TrustedOut:
    """Name somebody, or change what you said of them. A test message goes out. One change an hour, three a day."""
    await app.services.trusted.name(person, body.contact(), body.version)
    return await _now(app, person)


@router.delete("")
async def revoke(app: App, person: Person) -> TrustedOut:
    """Take it back. Name and address are deleted at once; repeating it changes nothing."""
    await app.services.trusted.revoke(person)
    return await _now(app, person)


@router.post("/test")
async def test(app: App, person: Person) -> TrustedOut:
    """One more test message. One a day goes to an address, whoever asks."""
    await app.services.trusted.test(person)
    return await _now(app, person)


@pages.get("/trusted", response_class=HTMLResponse)
async def page(request: Request, app: App) -> Response:
    """What it is for in plain words, and the form."""
    app.running()
    trusted = app.services.trusted
    values = {"consent": trusted.policy.consent, "version": trusted.policy.version, "available": trusted.available}
    return TEMPLATES.TemplateResponse(request, "trusted.html", values)


@pages.get("/trusted/no/{token}", response_class=HTMLResponse)
async def ask_no(token: Token, request: Request, app: App) -> Response:
    """The contact's page. Looking at it changes nothing: programs open links, too."""
    app.running()
    async with app.services.database.unit_of_work() as work:
        known = await work.contacts.known(token)
    return TEMPLATES.TemplateResponse(request, "trusted_no.html", {"state": "ask" if known else "gone"})


@pages.post("/trusted/no/{token}", response_class=HTMLResponse)
async def say_no(token: Token, request: Request, app: App) -> Response:
    """The contact says no."""
    app.running()
    refused = await app.services.trusted.refuse(token)
    return TEMPLATES.TemplateResponse(request, "trusted_no.html", {"state": "done" if refused else "gone"})


async def _now(app: App, person_id: UUID) -> TrustedOut:
    trusted = app.services.trusted
    async with app.services.database.unit_of_work() as work:
        named, last = await work.contacts.of(person_id), await work.contacts.last(person_id)
    return TrustedOut.of(named, last, available=trusted.available, version=trusted.policy.version)
