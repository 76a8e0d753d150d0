"""Claims that someone was told, is coming or is reading (rule 6): only the record may say so."""

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector


@register_validator(name="handhold/false_handover", data_type="string")
class FalseHandover(Detector):
    """Finds claims about people, teams or help being on it."""

    code = "false_handover"
