"""Telling a person what they have, or do not have."""

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector


@register_validator(name="handhold/diagnosis", data_type="string")
class Diagnosis(Detector):
    """Finds diagnoses. Talking about a condition in general, or a person's own words, is fine."""

    code = "diagnosis"
