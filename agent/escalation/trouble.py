"""What somebody has to look at although every turn is answered: the dead letters of this deployment."""

from dataclasses import asdict, dataclass

from agent.escalation.alerts.ladder import LadderPolicy
from agent.escalation.spool import Spool
from agent.storage.unit_of_work import Database


@dataclass(frozen=True, slots=True)
class Trouble:
    """How many of each, and which. ``spooled_cases`` and ``spool_unreadable`` are of this machine, the others of all.

    ``cases_overdue``: they wait for longer than the ladder allows, whether or not there was anybody to alert.
    ``spool_unreadable``: entries that do not open or belong to no turn, kept for somebody to see. ``jobs_failed``:
    given up in the last 24 hours. ``contacts_unreached``: messages to trusted contacts that no mail server took.
    ``channels_failing``: names of the ways to reach somebody whose last attempts all failed, while others may work.
    """

    spooled_cases: int = 0
    spool_unreadable: int = 0
    cases_overdue: int = 0
    alerts_unheard: int = 0
    jobs_failed: int = 0
    contacts_unreached: int = 0
    channels_failing: tuple[str, ...] = ()

    @property
    def codes(self) -> list[str]:
        """The names of those that are not 0 or empty."""
        return [name for name, found in asdict(self).items() if found]


def on_disk(spool: Spool) -> Trouble:
    """What can be seen without the database."""
    return Trouble(spooled_cases=len(spool.pending()), spool_unreadable=spool.set_aside())


async def trouble(database: Database, spool: Spool, policy: LadderPolicy) -> Trouble:
    """All of it."""
    disk = on_disk(spool)
    async with database.unit_of_work() as work:
        unheard, failed = await work.alerts.unheard(), await work.jobs_failed()
        unreached, now = await work.reaches.unheard(), await work.alerts.now()
        failing = tuple(one.name for one in await work.channels.failing())
        overdue = sum(policy.overdue(tier, since, now) for tier, since in await work.cases.needed())
    return Trouble(disk.spooled_cases, disk.spool_unreadable, overdue, unheard, failed, unreached, failing)
