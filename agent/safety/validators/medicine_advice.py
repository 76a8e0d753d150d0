"""Advice about medicine: start, stop, change, double, skip, mix, and any dose."""

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector


@register_validator(name="handhold/medicine_advice", data_type="string")
class MedicineAdvice(Detector):
    """Finds advice about medicine. Sending someone to a doctor or pharmacist is fine."""

    code = "medicine_advice"
