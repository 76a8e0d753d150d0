"""What all detectors of the output guard share. guardrails-ai calls them; they only ever say pass or fail."""

from __future__ import annotations

from typing import ClassVar

from guardrails.validators import FailResult, PassResult, ValidationResult, Validator

from agent.safety.validators.phrases import Phrases, Reading


class Detector(Validator):  # type: ignore[misc]  # guardrails-ai is not followed by mypy
    """A guardrails validator that detects and never repairs (a ``fix`` loses text when two of them fail)."""

    code: ClassVar[str]

    def __init__(self, on_fail: str = "noop") -> None:
        super().__init__(on_fail=on_fail)
        self.phrases = Phrases.load(self.code)

    def _validate(self, value: str, metadata: dict[str, object]) -> ValidationResult:
        """Fail with the reason code. ``metadata["reading"]`` saves reading the sentence once for each detector."""
        reading = metadata.get("reading")
        if not isinstance(reading, Reading) or reading.text != value:
            reading = Reading.of(value)
        return FailResult(error_message=self.code) if self.unsafe(reading) else PassResult()

    def unsafe(self, reading: Reading) -> bool:
        """Whether a person should not see this sentence here."""
        return self.phrases.found(reading)
