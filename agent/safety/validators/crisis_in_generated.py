"""Talk that only authored words may hold: methods, plans, and questions that lead to a no (rule 3)."""

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector


@register_validator(name="handhold/crisis_in_generated", data_type="string")
class CrisisInGenerated(Detector):
    """Finds crisis talk in a generated sentence. The plain, open question stays allowed."""

    code = "crisis_in_generated"
