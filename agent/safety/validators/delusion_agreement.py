"""Agreeing with a delusion, or arguing with it flatly (rule 5: neither)."""

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector


@register_validator(name="handhold/delusion_agreement", data_type="string")
class DelusionAgreement(Detector):
    """Finds both ways of getting a belief like that wrong."""

    code = "delusion_agreement"
