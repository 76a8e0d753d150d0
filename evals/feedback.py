"""What people said of their conversations and counsellors of alarms: figures with intervals beside those of a run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import bootstrap

from evals.figures import Share
from evals.results import Measure

_SEED: Final = 7
_Count = Annotated[int, Field(ge=0)]


class Counts(BaseModel):
    """The file that ``handhold feedback`` writes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conversations: _Count
    satisfaction: dict[Annotated[int, Field(ge=1, le=5)], _Count]
    helped: dict[bool, _Count]
    outcomes: dict[str, _Count]


def opinions(path: Path) -> tuple[Measure, ...]:
    """Figures of what was said at all; who says nothing is not counted as content. ``ValueError`` for another file."""
    return tuple(_measures(Counts.model_validate_json(path.read_bytes())))


def _measures(counts: Counts) -> Iterator[Measure]:
    said = np.repeat(list(counts.satisfaction), list(counts.satisfaction.values())).astype(float)
    if len(said):
        yield _mean(said)
    helped = counts.helped.get(True, 0)
    yield from _share("conversations that helped", helped, helped + counts.helped.get(False, 0), "Of those who said.")
    answered = len(said), counts.conversations
    yield from _share("conversations that were rated", *answered, "The rest said nothing, which is no praise.")
    true, false = (counts.outcomes.get(label, 0) for label in ("true_alarm", "false_alarm"))
    yield from _share("alarms that were right", true, true + false, "By the counsellors who closed the cases.")


def _mean(said: np.ndarray) -> Measure:
    low = high = float(said.mean())
    if said.min() < said.max():  # else there is nothing to draw from
        limits = bootstrap((said,), np.mean, rng=np.random.default_rng(_SEED)).confidence_interval
        low, high = float(limits.low), float(limits.high)
    return Measure("satisfaction, 1 to 5", float(said.mean()), low, high, len(said), "", "Mean of those who said.")


def _share(name: str, right: int, of: int, what: str) -> Iterator[Measure]:
    if of:
        low, high = Share(name, right, of).interval
        yield Measure(name, right / of, low, high, of, "", what)
