"""Reads the ladder from ``data/ladder.yaml``, with the quiet hours of the organisation."""

from datetime import time, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

from agent.domain.quiet_hours import QuietHours
from agent.domain.risk import Tier
from agent.errors import NotReady
from agent.escalation.alerts.ladder import LadderPolicy, Rung
from agent.yaml_files import read_yaml


def load(quiet: str | None = None) -> LadderPolicy:
    """The shipped ladder. ``quiet`` as in ``22:00-08:00 Europe/London``; ``NotReady`` if it cannot be read."""
    data = read_yaml(files("agent.escalation").joinpath("data/ladder.yaml"))
    return LadderPolicy(
        rungs={
            Tier.of(tier): tuple(Rung(whom, timedelta(seconds=after)) for whom, after in rungs.items())
            for tier, rungs in data["rungs"].items()
        },
        again={Tier.of(tier): timedelta(seconds=every) for tier, every in data["again"].items()},
        grace=timedelta(seconds=data["grace"]),
        quiet=None if quiet is None else quiet_hours(quiet),
        within={Tier.of(tier): timedelta(seconds=most) for tier, most in data["within"].items()},
    )


def quiet_hours(words: str) -> QuietHours:
    """From ``start-end place``."""
    try:
        hours, place = words.split()
        start, end = (time.fromisoformat(part) for part in hours.split("-"))
        return QuietHours(start, end, ZoneInfo(place))
    except (ValueError, KeyError) as error:
        raise NotReady(
            f"HANDHOLD_ALERTS__QUIET is {words!r}. Write it as in '22:00-08:00 Europe/London'.", code="bad_quiet_hours"
        ) from error
