"""Insults, blame, belittling, shaming and words that stigmatise."""

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector


@register_validator(name="handhold/toxic_tone", data_type="string")
class ToxicTone(Detector):
    """Finds a tone that hurts."""

    code = "toxic_tone"
