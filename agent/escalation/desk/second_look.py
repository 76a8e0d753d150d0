"""A decision about emergency services asks for a second counsellor: those on duty who did not write it are told, once.

The job that tells is deferred in the commit that saves the decision, and the sweep does so again while nobody was told.
Quiet hours hold nothing back here: somebody's life may hang on it.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from agent.domain.forms import Filled, FormKind
from agent.escalation.alerts.channels import Notice
from agent.escalation.alerts.everybody import tell_all, there
from agent.escalation.alerts.send import Post
from agent.storage.unit_of_work import Database

#: The job that tells.
LOOK: Final = "second_look"
#: The job has so long before the sweep rings in its place, and is then given so long before it does again.
GRACE, AGAIN = timedelta(seconds=20), timedelta(minutes=1)


async def save(
    database: Database, case_id: UUID, kind: FormKind, by: UUID, fence: int, base: int, filled: Filled, said: str
) -> None:
    """One more revision of a form. A decision asks for its second look in the same commit."""
    async with database.unit_of_work() as work:
        await work.forms.save(case_id, kind, by, fence, base, filled, said)
        if kind == "decision":
            await work.defer(LOOK, case_id=str(case_id))
        await work.commit()


async def ask(database: Database, post: Post, case_id: UUID) -> None:
    """Tell those on duty who may look at it. With nobody there, or no channel that takes it, the sweep comes back."""
    async with database.unit_of_work() as work:
        wanting, now = await work.forms.look_to_tell(case_id), await work.alerts.now()
        if wanting is None:
            return
        form_id, author = wanting
        others = [one for one in await work.roster.on_duty(now) if one.id != author]
        addresses = await work.counsellors.addresses(there(others))
    notice = Notice(form_id, None, f"{post.base_url.rstrip('/')}/counsellor/cases/{case_id}", now, "second_look")
    if not addresses or not await tell_all(database, post, notice, addresses, case_id):
        return
    async with database.unit_of_work() as work:
        await work.forms.look_told(form_id)
        await work.commit()


async def ask_again(database: Database) -> None:
    """For the sweep: decisions that wait for a second look and of which nobody was told."""
    async with database.unit_of_work() as work:
        lost = await work.forms.looks_untold(GRACE, AGAIN)
        for case_id in lost:
            await work.defer(LOOK, case_id=str(case_id))
        if lost:
            await work.commit()
