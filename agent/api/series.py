"""The numbers of the database as Prometheus series. Every label comes from a closed set."""

from collections.abc import Iterator, Mapping
from typing import Final, get_args

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry
from psycopg import Error as PostgresError
from sqlalchemy.exc import SQLAlchemyError

from agent.api.board_view import current
from agent.bootstrap import Application
from agent.domain.escalation import Outcome
from agent.escalation.desk.board import DAY, Figures
from agent.storage.repositories.board import Totals
from agent.storage.repositories.case_record import EventKind

ALERTS: Final = ("noted", "sent", "failed", "acknowledged")


class _Given(Collector):
    """Hands on what was read before, for the library asks without waiting."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """The families."""
        yield from self._families


async def exposition(app: Application) -> bytes:
    """Everything there is to tell. Without the database: what this process knows, and that the database is away."""
    families = [_gauge("spooled_cases", "Cases on the disk of this machine, for the database could not take them.",
                       len(app.services.spool.pending()))]  # fmt: skip
    try:
        found, unheard = await current(app, DAY)
        async with app.services.database.unit_of_work() as work:
            totals, failing = await work.board.totals(), len(await work.channels.failing())
        families += [_gauge("database_up", "Whether the database answered.", 1), *_now(found, unheard), *_ever(totals)]
        families.append(_gauge("channels_failing", "Ways to reach somebody whose last attempts all failed.", failing))
    except (SQLAlchemyError, PostgresError, OSError):
        families.append(_gauge("database_up", "Whether the database answered.", 0))
    registry = CollectorRegistry(support_collectors_without_names=True)
    registry.register(_Given(families))
    return generate_latest(app.running().metrics.registry) + generate_latest(registry)


def _now(found: Figures, unheard: int) -> Iterator[Metric]:
    tiers = {t.tier.label: t for t in found.tiers}
    yield _by("cases_waiting", "Cases that nobody has.", "tier", {n: t.waiting for n, t in tiers.items()})
    yield _by("cases_overdue", "Waiting cases past the deadline of their tier, unanswered.", "tier",
              {n: t.overdue for n, t in tiers.items()})  # fmt: skip
    yield _by("case_longest_wait_seconds", "The longest wait that runs; 0 if nobody waits.", "tier",
              {n: t.longest.total_seconds() for n, t in tiers.items()})  # fmt: skip
    answers = GaugeMetricFamily(
        "handhold_rounds_last_day", "Rounds of the last 24 hours by whether somebody answered within the deadline.",
        labels=["tier", "answered"],
    )  # fmt: skip
    for name, tier in tiers.items():
        answers.add_metric([name, "in_time"], tier.day.hits)
        answers.add_metric([name, "late"], tier.day.of - tier.day.hits)
    yield answers
    yield _gauge("cases_held", "Cases that a counsellor has.", found.held)
    yield _gauge("on_duty", "Counsellors on duty.", found.on_duty)
    yield _gauge("alerts_unheard", "Alerts about waiting cases that did not reach whom they were for.", unheard)


def _ever(totals: Totals) -> Iterator[Metric]:
    yield _by("cases", "All cases by how they were closed; none: not closed.", "outcome",
              {name: totals.outcomes.get(name, 0) for name in ("none", *get_args(Outcome))})  # fmt: skip
    yield _count("case_events", "What happened to cases, since the first day.", "kind",
                 {kind: totals.events.get(kind, 0) for kind in get_args(EventKind)})  # fmt: skip
    yield _count("alerts", "Alerts since the first day, counted once under each result they had.", "result",
                 {name: totals.alerts[name] for name in ALERTS})  # fmt: skip


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(f"handhold_{name}", said, value=value)


def _by(name: str, said: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"handhold_{name}", said, labels=[label])
    for one, value in values.items():
        family.add_metric([one], value)
    return family


def _count(name: str, said: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(f"handhold_{name}", said, labels=[label])
    for one, value in values.items():
        family.add_metric([one], value)
    return family
