"""The output guard: every sentence a model drafts is read by detectors before a person sees it.

The detectors are guardrails-ai validators, used to detect and never to repair. What is unsafe is replaced by authored
words from ``data/guard/continuations.yaml``, so a reply is never blank and never a bare refusal.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from dataclasses import dataclass
from importlib import resources
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import yaml

from agent.safety.sentences import is_blank, split

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.safety.validators import Detector, Reading

_ERROR: Final = "validator_error"
_LISTENED: Final = 4000  # characters of the person's message, the last ones
_LONGEST: Final = 2000  # characters; a longer "sentence" is none, and is not worth the time to read
_OTHER: Final = "other"  # the continuations for an error, an empty draft and any code without its own


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard says about one sentence. No reasons: safe."""

    text: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vetted:
    """A draft that may be shown. ``text`` is its sentences joined; ``cut`` says that authored words end it."""

    text: str
    sentences: tuple[str, ...]
    reasons: tuple[str, ...]
    cut: bool


class OutputGuard:
    """The detectors, loaded once. Safe to use from many threads; guardrails-ai runs them one call at a time."""

    def __init__(
        self,
        guard: Any,  # noqa: ANN401  (guardrails-ai is not followed by mypy)
        reader: type[Reading],
        plain: Callable[[str], str],
        continuations: Mapping[str, Sequence[str]],
    ) -> None:
        self._guard = guard
        self._reader = reader
        self._plain = plain
        self._continuations = continuations
        self._lock = Lock()

    @classmethod
    def load(cls) -> OutputGuard:
        """Build all detectors. Takes about 3 s the first time, for guardrails-ai is imported here."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # from the typer and click that guardrails-ai imports
            from agent.safety import validators  # noqa: PLC0415  (see above)

        return cls.of(validators.DETECTORS)

    @classmethod
    def of(cls, detectors: Sequence[type[Detector]]) -> OutputGuard:
        """Build a guard from these detectors alone."""
        os.environ["GUARDRAILS_RUN_SYNC"] = "true"  # else each thread gets an event loop that nobody closes
        from guardrails import Guard  # noqa: PLC0415  (imports for 3 s)
        from guardrails.settings import settings  # noqa: PLC0415

        from agent.safety.validators import Reading, plain  # noqa: PLC0415

        settings.disable_tracing = True  # spans would hold the sentences
        guard = Guard(history_max_length=1)
        guard.configure(allow_metrics_collection=False)  # before any validator exists, or its traces go out
        guard.use(*(detector(on_fail="noop") for detector in detectors))  # one call: a second replaces the first
        words = yaml.safe_load(
            resources.files("agent.safety").joinpath("data", "guard", "continuations.yaml").read_text("utf-8")
        )
        by_reason = {code: tuple(group["say"]) for group in words["groups"] for code in group["for"]}
        return cls(guard, Reading, plain, by_reason)

    def check(self, sentence: str, said: str = "", before: str = "") -> Verdict:
        """Read one sentence, alone and after the last sentence of ``before``, as an answer to ``said``.

        Never raises: a detector that does makes the sentence unsafe, with the reason ``validator_error:<name>``.
        """
        return self._check(sentence, self._heard(said), before)

    def vet(self, draft: str, said: str = "") -> Vetted:
        """Keep the sentences before the first unsafe one, then go on in authored words. A safe draft comes back."""
        heard = self._heard(said)
        kept: list[str] = []
        for sentence in split(draft):
            reasons = self._check(sentence, heard, "".join(kept)).reasons
            if reasons:
                if kept and reasons != ("gibberish",) and not self._check(sentence, heard).reasons:
                    kept.pop()  # unsafe only together: the half that was kept must not stand
                return self._go_on(kept, reasons, draft)
            kept.append(sentence)
        if is_blank(draft):
            return self._go_on([], ("empty",), draft)
        return Vetted(draft, tuple(kept), (), cut=False)

    def _heard(self, said: str) -> str | None:
        """Spell the person's message the way phrases are written, once for all sentences; None if that fails."""
        try:
            return self._plain(said[-_LISTENED:]) if said.strip() else ""
        except Exception:  # noqa: BLE001  as in _check
            return None

    def _check(self, sentence: str, heard: str | None, before: str = "") -> Verdict:
        if heard is None:
            return Verdict(sentence, (f"{_ERROR}:guard",))
        if not sentence.strip():
            return Verdict(sentence, ("empty",))
        if len(sentence) > _LONGEST:
            return Verdict(sentence, ("gibberish",))
        with self._lock:
            try:
                last = split(before)[-1] if before else ""
                reading = self._reader.of(sentence, heard, before, last)
                outcome = self._guard.validate(sentence, metadata={"reading": reading})
                failed = tuple(s.failure_reason for s in outcome.validation_summaries or ())
                reasons = failed if failed or outcome.validation_passed else (f"{_ERROR}:guard",)
            except Exception:  # noqa: BLE001  a fault anywhere in the guard is unsafe; its text may hold the sentence
                reasons = (f"{_ERROR}:{self._running()}",)
            finally:
                self._guard.history.clear()  # it would keep the words in memory
        return Verdict(sentence, reasons)

    def _go_on(self, kept: Sequence[str], reasons: tuple[str, ...], draft: str) -> Vetted:
        words = next((self._continuations[r] for r in reasons if r in self._continuations), self._continuations[_OTHER])
        head = "" if is_blank("".join(kept)) else "".join(kept)
        asked = "?" in head
        fitting = [w for w in words if not (asked and "?" in w)] or list(words)
        chosen = fitting[int.from_bytes(hashlib.sha256(draft.encode("utf-8", "replace")).digest()[:4]) % len(fitting)]
        if head and not head[-1].isspace():
            head += " "
        sentences = (*split(head), *split(chosen))
        return Vetted(head + chosen, sentences, reasons, cut=True)

    def _running(self) -> str:
        """Name of the detector that was running when the guard raised."""
        call = self._guard.history.last
        iteration = call.iterations.last if call else None
        logs = iteration.validator_logs if iteration else ()
        return next((str(log.registered_name) for log in logs if log.validation_result is None), "guard").removeprefix(
            "handhold/"
        )
