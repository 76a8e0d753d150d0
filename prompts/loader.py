"""Reads a prompt file: YAML with a version, the reason for its last change, and Jinja2 templates by role."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Literal

import yaml
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

Role = Literal["system", "user"]
_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=False
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt. ``hash`` is stored on every reply that it led to."""

    name: str
    version: str
    hash: str
    _templates: dict[Role, str]

    def render(self, **values: object) -> list[tuple[Role, str]]:
        """Messages in order; a missing value is an error, never an empty string."""
        return [(role, _ENVIRONMENT.from_string(text).render(values).strip()) for role, text in self._templates.items()]


def load(name: str) -> Prompt:
    """The prompt of that name, e.g. ``support``."""
    raw = files("prompts").joinpath(f"{name}.yaml").read_text("utf-8")
    data = yaml.safe_load(raw)
    return Prompt(name, str(data["version"]), sha256(raw.encode()).hexdigest(), data["messages"])
