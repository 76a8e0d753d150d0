"""Agreement that someone should die, be hurt or be paid back."""

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector


@register_validator(name="handhold/unsafe_encouragement", data_type="string")
class UnsafeEncouragement(Detector):
    """Finds encouragement of death, self-harm, violence or drinking it away."""

    code = "unsafe_encouragement"
