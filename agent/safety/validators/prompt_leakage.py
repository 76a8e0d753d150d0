"""The machinery showing: instructions, template tokens, role markers, the model behind it, passages as such."""

import re
from typing import Final

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector
from agent.safety.validators.phrases import Reading

_TOKENS: Final = re.compile(
    r"<\|?/?(?:im_start|im_end|eot_id|endoftext|begin_of_text|start_header_id|end_header_id|system|user"
    r"|assistant|think|s|pad|unk|passage|context|data|reply|response|message|person|sys|inst)\b|\|>|<\||\[/?(?:INST|SYS)|<<|</s>|###|\{\{|\}\}"
    r"|\[(?i:insert|your|name|first name|the|person|user|country|number|helpline|friend|date|time)\b[^\]]*\]"
    r"|\{[a-z_]+\}|\[\d{1,2}\]|-{3,} ?(?:BEGIN|END|begin|end)",
)
_ROLE: Final = re.compile(
    r"^\W*(?:system|user|assistant|human|ai|bot|agent|handhold|person|patient|client|therapist|counsell?or|response|reply|answer"
    r"|draft|output|input|instructions?|context|passages?|strategy|tier|note|example|rewritten|revised|emotion|intent)s?"
    r"(?: \d+| \([^)]*\))?\W{0,3}:",
    re.IGNORECASE,
)


@register_validator(name="handhold/prompt_leakage", data_type="string")
class PromptLeakage(Detector):
    """Finds what belongs to the prompt or the model and not to the conversation."""

    code = "prompt_leakage"

    def unsafe(self, reading: Reading) -> bool:
        """Tokens and role markers in the text as written, the rest by the phrases."""
        return bool(_TOKENS.search(reading.text) or _ROLE.match(reading.text)) or super().unsafe(reading)
