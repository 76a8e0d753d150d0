"""Parts that fail in the ways that parts fail, and parts that say what a test wants them to say."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from langchain_core.exceptions import LangChainException
from onnxruntime.capi.onnxruntime_pybind11_state import Fail
from openai import APIConnectionError, OpenAIError

from agent.bootstrap import Application
from agent.domain.turn import Conditioning, Draft
from agent.graph.state import Services
from classifiers.labels import Intent
from classifiers.reading import IntentScore, TextReading

#: What a model, an index or a validator may raise: our own libraries' errors and every kind a bug takes.
ERRORS: tuple[Exception, ...] = (
    RuntimeError("r"), ValueError("v"), KeyError("k"), IndexError("i"), TypeError("t"), AttributeError("a"),
    AssertionError("s"), ZeroDivisionError("z"), OSError("o"), TimeoutError("o"), MemoryError("m"),
    NotImplementedError("n"), Fail("onnxruntime"), OpenAIError("openai"),
    APIConnectionError(request=None), LangChainException("langchain"),
)  # fmt: skip


def put(application: Application, **parts: object) -> Services:
    """Have the running application use other parts."""
    runner = application.running()
    runner.services = replace(runner.services, **parts)
    return runner.services


def reading(intent: Intent = "vent", low: float = 0.0) -> TextReading:
    """A calm reading; ``low`` is the probability that the tier is at least low."""
    return TextReading(
        emotions=(), felt=(), intensity=0.5, intent=IntentScore(intent, 0.9), at_least=(low, 0.0, 0.0, 0.0), domains=(),
        language="en", model_version="fixed",
    )  # fmt: skip


@dataclass
class FixedSensor:
    """Reads the same in everything."""

    says: TextReading = field(default_factory=reading)
    version: str = "fixed"

    async def read(self, text: str, before: Sequence[str] = ()) -> TextReading:
        del text, before
        return self.says


@dataclass
class Broken:
    """Any part: whatever it is asked, it raises, or it never answers. ``asked`` counts."""

    error: Exception | None = None
    version: str = "broken"
    asked: int = 0

    async def _fail(self) -> None:
        self.asked += 1
        if self.error is not None:
            raise self.error
        await asyncio.Event().wait()

    async def read(self, text: str, before: Sequence[str] = ()) -> TextReading:
        del text, before
        await self._fail()
        raise AssertionError

    async def find(self, *asked: object) -> tuple[()]:
        del asked
        await self._fail()
        raise AssertionError

    async def draft(self, conditioning: Conditioning) -> Draft | None:
        del conditioning
        await self._fail()
        raise AssertionError


@dataclass
class BrokenGuard:
    """A guard that raises, or that holds its thread until ``release`` is set."""

    error: Exception | None = None
    release: threading.Event = field(default_factory=threading.Event)

    def vet(self, draft: str, said: str = "") -> object:
        del draft, said
        if self.error is not None:
            raise self.error
        self.release.wait(30)
        raise RuntimeError("let go")


@dataclass
class Says:
    """A generator that drafts what it is told to."""

    words: str | Callable[[Conditioning], str]
    seen: list[Conditioning] = field(default_factory=list)

    async def draft(self, conditioning: Conditioning) -> Draft | None:
        self.seen.append(conditioning)
        text = self.words if isinstance(self.words, str) else self.words(conditioning)
        return Draft(text, "generated", prompt_hash="h", model="says")
