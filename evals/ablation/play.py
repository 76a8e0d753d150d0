"""Every turn on the real graph: as it was read, and in each condition, after the same talk each time."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from classifiers.labels import Emotion
from evals.ablation.readings import Condition, Feeling, instead
from evals.ablation.sensor import AlteredSensor
from evals.ablation.turns import Turn
from evals.suites import Product
from evals.transcript import Exchange

#: So many turns are played once more with the truth.
AGAIN: Final = 100
#: A reading that takes too long is given up on by the product. On a busy machine that says nothing of the feeling.
_TRIES: Final = 3


class Unplayed(Exception):
    """The product did not answer a turn."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the product made of a turn. ``felt``: what it was told is felt. ``cited``: passages under the reply.

    ``before``: whether all that was said before was the same as in the true conversation.
    """

    reply: str
    strategy: str
    origin: str
    tier: str
    felt: tuple[Emotion, ...]
    cited: tuple[str, ...]
    before: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A turn with its true answer and those in other conditions."""

    turn: str
    case: str
    suite: str
    message: str
    true: Answer
    other: Mapping[Condition, Answer]


@dataclass(frozen=True, slots=True)
class Played:
    """``danger``: turns left out because the true reply, or one before it, came from the words for danger.

    No feeling reaches those, and which of them is said is drawn by who the person is, which is new each time.
    """

    rows: tuple[Row, ...]
    danger: tuple[str, ...]


async def played(product: Product, sensor: AlteredSensor, turns: tuple[Turn, ...], seed: int) -> Played:
    """All turns in all conditions. ``sensor`` must be the one that ``product`` reads with.

    Raises ``Unplayed`` where there is no answer, or where the sensor was not asked (then nothing would be altered),
    and ``ValueError`` where fewer than two turns remain.
    """
    kept, feelings, talks = list[Turn](), list[Feeling](), dict[str, list[Exchange]]()
    for case_id, group in groupby(turns, key=lambda turn: turn.case.id):
        wanted = list(group)
        talks[case_id] = talk = await _talk(product, sensor, wanted[-1])
        calm = [turn for turn in wanted if not any(map(_of_danger, talk[: turn.n + 1]))]
        kept += calm
        feelings += [Feeling.of(sensor.seen[turn.n]) for turn in calm]
    other: list[dict[Condition, Answer]] = [{} for _ in kept]
    again = set(random.Random(seed).sample(range(len(kept)), min(AGAIN, len(kept))))  # noqa: S311  (no cryptography)
    for condition, others in instead(feelings, seed).items():
        for i, turn in enumerate(kept):
            if condition != "again" or i in again:
                talk = await _talk(product, sensor, turn, others[i])
                other[i][condition] = _answer(talk, others[i], talks[turn.case.id])
    rows = tuple(
        Row(t.id, t.case.id, t.case.suite, t.message, _answer(talks[t.case.id][: t.n + 1], f), o)
        for t, f, o in zip(kept, feelings, other, strict=True)
    )
    left_out = {turn.id for turn in turns} - {turn.id for turn in kept}
    return Played(rows, tuple(sorted(left_out)))


def _of_danger(exchange: Exchange) -> bool:
    return exchange.record is not None and exchange.record.origin == "crisis"


async def _talk(product: Product, sensor: AlteredSensor, turn: Turn, feeling: Feeling | None = None) -> list[Exchange]:
    for _ in range(_TRIES):
        sensor.begin(turn.n, feeling)
        transcript = await product.play(turn.played())
        talk = transcript.exchanges
        if transcript.stopped or transcript.skipped or len(talk) != turn.n + 1:
            raise Unplayed(f"{turn.id}: {transcript.stopped or transcript.skipped or 'messages without an answer'}")
        if len(sensor.seen) == len(talk):
            return talk
    raise Unplayed(f"{turn.id}: {len(talk)} messages, {len(sensor.seen)} readings")


def _answer(talk: list[Exchange], feeling: Feeling, true: list[Exchange] | None = None) -> Answer:
    last, record = talk[-1], talk[-1].record
    if record is None or last.error:
        raise Unplayed(last.error or "a product that keeps no record cannot be compared")
    same = true is None or [e.reply for e in talk[:-1]] == [e.reply for e in true[: len(talk) - 1]]
    return Answer(last.reply, record.strategy, record.origin, record.stood, feeling.felt, record.cited, before=same)
