"""What is said, once in a conversation, to people whose language is read less well: from ``data/languages.yaml``."""

from dataclasses import dataclass
from importlib.resources import files

from agent.yaml_files import read_yaml


@dataclass(frozen=True, slots=True)
class Note:
    """An authored note; ``id`` is kept among the pieces of the reply."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Languages:
    """The notes by ISO 639-1 code, and the English one for every other language."""

    notes: dict[str, Note]
    any_other: Note

    @classmethod
    def load(cls) -> "Languages":
        """Read the packaged file."""
        data = read_yaml(files("agent.safety").joinpath("data/languages.yaml"))
        return cls({code: _note(code, text) for code, text in data["notes"].items()}, _note("any", data["any_other"]))

    def note(self, language: str) -> Note:
        """The note in this language, or the English one."""
        return self.notes.get(language, self.any_other)


def _note(code: str, text: str) -> Note:
    return Note(f"language/{code}", " ".join(text.split()))
