"""Follow-ups: planned when a case is closed or handed back, rung when due, written and done by any counsellor.

The job that rings is deferred in the commit that plans it, and one more in the commit that has the person's answer. The
sweep defers it again for those of which nobody was told, and for those with which nobody has done anything since. While
the person has a case that waits or that somebody has, nothing rings: the case does, and it shows them.
"""

from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import Final, Literal
from uuid import UUID, uuid5

from agent.domain.quiet_hours import QuietHours
from agent.errors import BadInput, Conflict
from agent.escalation.alerts.channels import Kind, Notice
from agent.escalation.alerts.everybody import tell_all, there
from agent.escalation.alerts.send import Post
from agent.storage.repositories.follow_ups import FOLLOW, FollowUp
from agent.storage.repositories.lines import Talk
from agent.storage.unit_of_work import Database, UnitOfWork
from agent.yaml_files import read_yaml

Hours = Literal[24, 48, 72]
#: First words that a counsellor can start from.
WORDS: Final[tuple[str, ...]] = tuple(read_yaml(files("agent.escalation").joinpath("data/follow_ups.yaml"))["words"])
#: The job has so long before the sweep rings in its place, and is then given so long before it does again.
GRACE, AGAIN = timedelta(seconds=20), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """In how many hours to write to the person again, and what to ask."""

    hours: Hours
    what: str

    def __post_init__(self) -> None:
        if not self.what.strip():
            raise BadInput("Please write one line on what to ask in the follow-up.", code="empty_follow_up")


async def plan(work: UnitOfWork, talk: Talk, by: UUID, wanted: Plan) -> None:
    """Plan it, in the commit that closes the case or hands it back, with the job that will ring."""
    made, due_at = await work.follow_ups.plan(talk, by, wanted.hours, wanted.what.strip())
    await _note(work, await work.follow_ups.get(made), "planned", by, f"in {wanted.hours} hours: {wanted.what.strip()}")
    await work.defer(FOLLOW, at=due_at, follow_up_id=str(made))


async def remind(database: Database, post: Post, quiet: QuietHours | None, follow_up_id: UUID) -> None:
    """Tell those on duty that it is due, or answered, once: each of them, and rooms that everybody sees one time.

    With nobody on duty, in quiet hours, or when no channel takes it, the sweep comes back to it.
    """
    async with database.unit_of_work() as work:
        due, now = await work.follow_ups.to_tell(follow_up_id), await work.alerts.now()
        addresses = await work.counsellors.addresses(there(await work.roster.on_duty(now)))
    if due is None or not addresses or (quiet is not None and quiet.until(now) is not None):
        return
    link = f"{post.base_url.rstrip('/')}/counsellor/follow-ups/{due.id}"
    # The same ring of it is the same notice, however often it is sent; the next one is another.
    ring = due.id if due.told_at is None else uuid5(due.id, due.told_at.isoformat())
    kind: Kind = "follow_up" if due.answered_at is None else "answer"
    if not await tell_all(database, post, Notice(ring, None, link, now, kind), addresses, due.case_id):
        return
    async with database.unit_of_work() as work:
        await work.follow_ups.told(due.id, now)
        await work.commit()


async def ring_again(database: Database) -> None:
    """For the sweep: follow-ups of which nobody was told, or which nobody has touched for long."""
    async with database.unit_of_work() as work:
        lost = await work.follow_ups.untold(GRACE, AGAIN)
        for follow_up_id in lost:
            await work.defer(FOLLOW, follow_up_id=str(follow_up_id))
        if lost:
            await work.commit()


async def write(database: Database, follow_up_id: UUID, by: UUID, line_id: UUID, text: str) -> None:
    """Words to the person, in their last conversation. The same id again is the same line."""
    async with database.unit_of_work() as work:
        one = await work.follow_ups.get(follow_up_id)
        if one.live is not None:
            raise Conflict("This person has a case now. Write to them there.", code="has_a_case")
        conversation = await work.conversations.last(one.person_id)
        talk = Talk(one.case_id, conversation.id, one.person_id)
        if await work.lines.add(line_id, talk, "counsellor", text, by, "own"):
            await work.follow_ups.wrote(one, line_id)
            await _note(work, one, "wrote", by)
            await work.commit()


async def finish(database: Database, follow_up_id: UUID, by: UUID, note: str, *, reached: bool) -> None:
    """It is done, or the person could not be reached; with a note for whoever comes after."""
    async with database.unit_of_work() as work:
        one = await work.follow_ups.get(follow_up_id)
        await work.follow_ups.finish(one, by, note, reached=reached)
        await _note(work, one, "followed_up" if reached else "not_reached", by, note)
        await work.commit()


async def _note(
    work: UnitOfWork, one: FollowUp, kind: Literal["planned", "wrote", "followed_up", "not_reached"], by: UUID,
    note: str = "",
) -> None:  # fmt: skip
    """On the record of the case that it is part of now."""
    await work.record.add(one.live or one.case_id, kind, one.person_id, one.tier, actor=by, detail=note)
