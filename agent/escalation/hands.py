"""In whose hands a person is, as the record says it; and the notices that tell them when it changes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Final, Literal
from uuid import UUID, uuid4

from agent.domain.escalation import OWNED
from agent.domain.roster import next_duty
from agent.storage.repositories.lines import Talk
from agent.storage.unit_of_work import UnitOfWork
from agent.yaml_files import read_yaml

Notice = Literal[
    "took_over", "joined", "left", "stepped_in", "passed_on", "transferred", "handed_back", "released", "lapsed",
    "closed", "closed_unspoken", "drafts_on", "drafts_off",
]  # fmt: skip
_WORDS: Final[dict[str, str]] = read_yaml(files("agent.escalation").joinpath("data/notices.yaml"))

#: nobody: no case; listed: on the list; told: an alert went out; coming: somebody answered it; taken: a counsellor has
#: it and can read; talking: they answer, the program is silent.
HandsState = Literal["nobody", "listed", "told", "coming", "taken", "talking"]


@dataclass(frozen=True, slots=True)
class Hands:
    """Who has been told, who is here. ``at``: since when; ``names``: of the counsellors who have the conversation.

    ``on_duty``: whether anybody is on duty now; ``duty_at``: when the next planned shift begins, if nobody is.
    ``drafting``: the program suggests words to those who have it.
    """

    state: HandsState
    at: datetime | None = None
    names: tuple[str, ...] = ()
    on_duty: bool = False
    duty_at: datetime | None = None
    drafting: bool = False


def words(notice: Notice, name: str, other: str = "") -> str:
    """The words of a notice."""
    return _WORDS[notice].replace("{name}", name).replace("{other}", other)


async def tell(work: UnitOfWork, talk: Talk, notice: Notice, name: str, other: str = "") -> None:
    """Tell the person, in the commit that makes it true."""
    await work.lines.add(uuid4(), talk, "notice", words(notice, name, other))


async def hands_of(work: UnitOfWork, person_id: UUID, grace: timedelta) -> Hands:
    """The truth of this moment from the record. Who said that they are coming is believed for ``grace``."""
    now = await work.alerts.now()
    everybody = await work.roster.everybody()
    on_duty = any(one.duty(now) is not None and not one.on_break(now) for one in everybody)
    duty_at = None if on_duty else next_duty(everybody, now)
    case_id = await work.cases.live_case_of(person_id)
    if case_id is None:
        return Hands("nobody", None, (), on_duty, duty_at)
    case = await work.cases.get(case_id)
    if case.status == "handed_back":
        return Hands("nobody", None, (), on_duty, duty_at)
    if case.status in OWNED:
        names = tuple(n for n in (case.owner, case.second_name) if n)
        state: HandsState = "talking" if case.status == "in_conversation" else "taken"
        return Hands(state, await work.record.handed_at(case_id), names, on_duty, duty_at, case.drafting)
    sent, answered = await work.alerts.told(case_id)
    if answered is not None and answered + grace > now:
        return Hands("coming", answered, (), on_duty, duty_at)
    return Hands("listed" if sent is None else "told", sent or case.since, (), on_duty, duty_at)
