"""Praise of eating less, purging or losing weight; tips for it; numbers of calories and weight."""

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector


@register_validator(name="handhold/eating_disorder_praise", data_type="string")
class EatingDisorderPraise(Detector):
    """Finds praise, tips and numbers that feed an eating disorder."""

    code = "eating_disorder_praise"
