"""Being all a person needs: exclusivity, for ever, love, away from others."""

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector


@register_validator(name="handhold/dependence", data_type="string")
class Dependence(Detector):
    """Finds words that tie a person to the agent and away from people."""

    code = "dependence"
