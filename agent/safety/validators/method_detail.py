"""Means, places, amounts and steps that could be used for harm, and hiding harm, in any framing (SAFETY.md, rule 5)."""

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector


@register_validator(name="handhold/method_detail", data_type="string")
class MethodDetail(Detector):
    """Finds method detail, also spread over two sentences, or as the answer to a question about means."""

    code = "method_detail"
