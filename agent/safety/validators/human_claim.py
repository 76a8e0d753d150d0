"""A draft that claims a human life, body, training or presence."""

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector


@register_validator(name="handhold/human_claim", data_type="string")
class HumanClaim(Detector):
    """Finds claims to be, or to have lived as, a person."""

    code = "human_claim"
