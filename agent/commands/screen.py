"""``handhold screen``: reading and assessment alone, over many conversations. No database, no language model."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from agent.commands.explain import Screened, explained
from agent.commands.lines import BadLine, LineIn, open_both, read, write
from agent.domain.risk import Standing
from agent.domain.turn import BEFORE, PastTurn
from agent.graph.nodes.answer import holding
from agent.safety.assess import RiskPolicy, Signals, assess
from agent.safety.hints import Hints
from agent.safety.lexicon import Lexicon
from classifiers.evidence import Heard
from classifiers.reading import TextReading
from classifiers.text import TextReader
from classifiers.windows import said

CHUNK = 256
HISTORY = 12
T = TypeVar("T")


class Screener:
    """Reader, lexicon and policy, loaded once."""

    def __init__(self, threads: int) -> None:
        self._reader, self._workers = TextReader(), threads
        self._lexicon = Lexicon.load()
        self._hints = Hints.load()
        self.policy = RiskPolicy.load()

    def screen(self, lines: list[LineIn]) -> Iterator[list[Screened]]:
        """The person's turns of each conversation, in order."""
        return self.assess(lines, self.read(lines))

    def read(self, lines: list[LineIn]) -> list[TextReading]:
        """Every message of the person in all conversations, by the same workers."""
        messages = [
            (turn.text, [said(t.role, t.text) for t in line.turns[max(0, n - BEFORE) : n]])
            for line in lines
            for n, turn in enumerate(line.turns)
            if turn.role == "user"
        ]
        return self._reader.read_all(messages, self._workers)

    def assess(self, lines: list[LineIn], readings: list[TextReading]) -> Iterator[list[Screened]]:
        """What the policy makes of what was read."""
        read = iter(readings)
        for line in lines:
            yield self._conversation(line, read)

    def _conversation(self, line: LineIn, readings: Iterator[TextReading]) -> list[Screened]:
        standing, history, turns = Standing(), list[PastTurn](), list[Screened]()
        for index, turn in enumerate(line.turns):
            if turn.role != "user":
                if history:  # what was asked decides what a "yes" means
                    history[-1] = replace(history[-1], reply=turn.text)
                continue
            reading = next(readings)
            signals = Signals(turn.text, reading, self._lexicon.cues(turn.text))
            risk = assess(signals, history[-HISTORY:], standing, self._hints, self.policy)
            standing = holding(standing, risk)
            felt, intent, heard = reading.felt, reading.intent.label, Heard(reading.signs, reading.at_least)
            history.append(PastTurn(turn.text, "", risk.here, None, felt=felt, intent=intent, heard=heard))
            turns.append(Screened(index, turn.text, reading, risk))
        return turns


def answer(line: LineIn, turns: list[Screened]) -> dict[str, object]:
    """The line that is written."""
    return {"id": line.id, "tier": turns[-1].risk.tier.label if turns else "none", "turns": [_out(t) for t in turns]}


def _out(turn: Screened) -> dict[str, object]:
    reading, risk = turn.reading, turn.risk
    drivers = [
        {"source": d.source, "tier": d.tier.label, "detail": d.detail, "words": d.words, "score": d.score}
        for d in risk.drivers
    ]
    return {
        "index": turn.index,
        "emotions": [{"label": e.label, "score": round(e.score, 4)} for e in reading.emotions],
        "intent": {"label": reading.intent.label, "score": round(reading.intent.score, 4)},
        "language": reading.language,
        "risk": {"tier": risk.tier.label, "domains": list(risk.domains), "drivers": drivers},
    }


def run(source: Path, out: Path, *, explain: bool = False) -> None:
    """Stream chunks through."""
    screener = Screener(threads=os.cpu_count() or 1)
    with ExitStack() as stack:
        reader, writer = open_both(source, out, stack)
        for chunk in batched(read(reader), CHUNK):
            answers = screener.screen([line for line in chunk if isinstance(line, LineIn)])
            for line in chunk:
                if isinstance(line, BadLine):
                    write(writer, line.out())
                elif explain:
                    writer.write(explained(line.id, next(answers)))
                else:
                    write(writer, answer(line, next(answers)))
            writer.flush()


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to ``size`` (``itertools.batched`` begins with Python 3.12)."""
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk
