"""How often each kind of conversation alarms in a scenario."""

from evals.queueing.settings import Assumptions, Kind, Point, Scenario


def alarms(given: Assumptions, scenario: Scenario) -> dict[str, float]:
    """The share of each kind that alarms, by its name."""
    reference = given.point(given.reference)
    point = reference if scenario.point is None else given.point(scenario.point)
    return {kind.name: _alarm(kind, scenario, point, reference) for kind in given.kinds}


def _alarm(kind: Kind, scenario: Scenario, point: Point, reference: Point) -> float:
    share = scenario.alarm.get(kind.name, kind.alarm)
    if kind.danger:
        return moved(share, _odds(point.found / point.dangerous) / _odds(reference.found / reference.dangerous))
    ratio = _odds(point.false / point.harmless) / _odds(reference.false / reference.harmless)
    return min(1.0, moved(share, ratio) * scenario.false_alarms)


def moved(share: float, ratio: float) -> float:
    """The share whose odds are ``ratio`` times as high."""
    return share * ratio / (1 - share + share * ratio)


def _odds(share: float) -> float:
    return share / (1 - share)
