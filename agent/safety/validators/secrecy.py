"""Promises of secrecy, which Handhold cannot keep: a case may be opened."""

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector


@register_validator(name="handhold/secrecy", data_type="string")
class Secrecy(Detector):
    """Finds promises that nobody will know."""

    code = "secrecy"
