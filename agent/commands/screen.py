"""``handhold screen``: reading and assessment alone, over many conversations. No database, no language model."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from agent.commands.lines import BadLine, LineIn, open_both, read, write
from agent.domain.risk import RiskAssessment, Standing
from agent.domain.turn import PastTurn
from agent.graph.nodes.answer import holding
from agent.safety.assess import RiskPolicy, Signals, assess
from agent.safety.hints import Hints
from agent.safety.lexicon import Lexicon
from classifiers.reading import TextReading
from classifiers.text import TextReader

CHUNK = 256
HISTORY = 12
T = TypeVar("T")


class Screener:
    """Reader, lexicon and policy, loaded once."""

    def __init__(self, threads: int) -> None:
        self._reader, self._workers = TextReader(), threads
        self._lexicon = Lexicon.load()
        self._hints = Hints.load()
        self._policy = RiskPolicy.load()

    def screen(self, lines: list[LineIn]) -> Iterator[dict[str, object]]:
        """One answer a conversation, in order; all messages of the chunk are read in shared batches."""
        texts = [t.text for line in lines for t in line.turns if t.role == "user"]
        readings = iter(self._reader.read_all(texts, self._workers))
        for line in lines:
            yield self._conversation(line, readings)

    def _conversation(self, line: LineIn, readings: Iterator[TextReading]) -> dict[str, object]:
        standing, history, turns = Standing(), list[PastTurn](), list[dict[str, object]]()
        risk: RiskAssessment | None = None
        for index, turn in enumerate(line.turns):
            if turn.role != "user":
                if history:  # what was asked decides what a "yes" means
                    history[-1] = replace(history[-1], reply=turn.text)
                continue
            reading = next(readings)
            signals = Signals(turn.text, reading, self._lexicon.cues(turn.text))
            risk = assess(signals, history[-HISTORY:], standing, self._hints, self._policy)
            standing = holding(standing, risk)
            history.append(PastTurn(turn.text, "", risk.here, None, felt=reading.felt, intent=reading.intent.label))
            turns.append(_turn_out(index, reading, risk))
        return {"id": line.id, "tier": risk.tier.label if risk else "none", "turns": turns}


def _turn_out(index: int, reading: TextReading, risk: RiskAssessment) -> dict[str, object]:
    drivers = [
        {"source": d.source, "tier": d.tier.label, "detail": d.detail, "words": d.words, "score": d.score}
        for d in risk.drivers
    ]
    return {
        "index": index,
        "emotions": [{"label": e.label, "score": round(e.score, 4)} for e in reading.emotions],
        "intent": {"label": reading.intent.label, "score": round(reading.intent.score, 4)},
        "language": reading.language,
        "risk": {"tier": risk.tier.label, "domains": list(risk.domains), "drivers": drivers},
    }


def run(source: Path, out: Path) -> None:
    """Stream chunks through."""
    screener = Screener(threads=os.cpu_count() or 1)
    with ExitStack() as stack:
        reader, writer = open_both(source, out, stack)
        for chunk in batched(read(reader), CHUNK):
            answers = screener.screen([line for line in chunk if isinstance(line, LineIn)])
            for line in chunk:
                write(writer, line.out() if isinstance(line, BadLine) else next(answers))
            writer.flush()


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to ``size`` (``itertools.batched`` begins with Python 3.12)."""
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk
