"""Versioned prompt files and their loader."""

from prompts.loader import Prompt, load

__all__ = ["Prompt", "load"]
