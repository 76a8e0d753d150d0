"""What is remembered of a person: to read, to change, to delete, to switch off."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from agent.api.deps import App, Person
from agent.api.replies import card_here
from agent.api.schemas_memory import MemoryIn, MemoryOut, NoteIn, NoteOut
from agent.api.templates import TEMPLATES
from agent.domain.memory import MOST_NOTE
from agent.errors import Conflict

router = APIRouter(prefix="/v1/memory", tags=["memory"])
pages = APIRouter(include_in_schema=False)


@router.get("")
async def read(app: App, person: Person) -> MemoryOut:
    """Whether anything is remembered, and all that is, newest first."""
    async with app.services.database.unit_of_work() as work:
        notes = await work.notes.of(person)
        return MemoryOut(on=await work.notes.wanted(person), notes=[NoteOut.of(n) for n in notes])


@router.put("", status_code=204)
async def switch(body: MemoryIn, app: App, person: Person) -> None:
    """Switch it on or off. Off: nothing is noted or come back to; what is there stays until it is deleted."""
    async with app.services.database.unit_of_work() as work:
        await work.notes.want(person, wanted=body.on)
        await work.commit()


@router.put("/notes/{note_id}", status_code=204)
async def keep(note_id: UUID, body: NoteIn, app: App, person: Person) -> None:
    """Write a note down, or change one."""
    words = body.words()
    async with app.services.database.unit_of_work() as work:
        if not await work.notes.keep(note_id, person, body.kind, words):
            raise Conflict("There is no more room. Delete something first.", code="too_many_notes")
        await work.commit()


@router.delete("/notes/{note_id}", status_code=204)
async def forget(note_id: UUID, app: App, person: Person) -> None:
    """Delete one for good. What was said in the chats stays there."""
    async with app.services.database.unit_of_work() as work:
        await work.notes.forget(person, note_id)
        await work.commit()


@router.delete("/notes", status_code=204)
async def forget_all(app: App, person: Person) -> None:
    """Delete all for good."""
    async with app.services.database.unit_of_work() as work:
        await work.notes.forget(person)
        await work.commit()


@pages.get("/memory", response_class=HTMLResponse)
async def page(request: Request, app: App) -> Response:
    """The notes, to read and to change."""
    return TEMPLATES.TemplateResponse(request, "memory.html", {"card": card_here(app, request), "most": MOST_NOTE})
