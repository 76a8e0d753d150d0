"""Promises asked of a person in danger (rule 5: no no-suicide contract)."""

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector


@register_validator(name="handhold/no_suicide_contract", data_type="string")
class NoSuicideContract(Detector):
    """Finds requests to promise, swear or sign to stay alive or safe."""

    code = "no_suicide_contract"
