"""The questionnaires that a deployment has: PHQ-9 and GAD-7, and those whose words the operator gives.

WHO-5 and PSS-10 stand here by their form and their sum alone. Their words belong to others: an operator who has checked
the licence writes them into a file, in the form that ``docs/operations.md`` shows.
"""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.domain.measure import Measure
from agent.yaml_files import read_yaml

#: In the order in which they are shown.
OURS: Final = ("phq9", "gad7")
THEIRS: Final = ("who5", "pss10")
_MEASURE: Final = TypeAdapter(Measure)
_Line = Annotated[str, Field(min_length=1, max_length=400)]


class Words(BaseModel):
    """What an operator gives for one questionnaire, in its own order. ``licence`` is shown under it."""

    model_config = ConfigDict(extra="forbid")

    stem: _Line
    items: tuple[_Line, ...]
    options: tuple[_Line, ...]
    licence: _Line


def load(texts: Path | None = None) -> dict[str, Measure]:
    """By key. ``ValueError`` names what is wrong with the operator's file."""
    found = {key: _MEASURE.validate_python({"key": key, **_form(key)}) for key in OURS}
    return found if texts is None else found | _given(texts)


def _given(texts: Path) -> dict[str, Measure]:
    try:
        said = TypeAdapter(dict[str, Words]).validate_python(yaml.safe_load(texts.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise ValueError(f"the words of questionnaires in {texts} cannot be read: {error}") from error
    if unknown := sorted(set(said) - set(THEIRS)):
        raise ValueError(f"{texts}: {', '.join(unknown)} is none of {', '.join(THEIRS)}")
    return {key: _with(key, said[key]) for key in THEIRS if key in said}


def _with(key: str, words: Words) -> Measure:
    """The form with its words put in; as many of each as it has."""
    form = _form(key)
    try:
        items = [{**i, "text": t} for i, t in zip(form["items"], words.items, strict=True)]
        options = [{**o, "text": t} for o, t in zip(form["options"], words.options, strict=True)]
    except ValueError as error:
        raise ValueError(f"{key} has {len(form['items'])} questions and {len(form['options'])} answers") from error
    given = {"key": key, "stem": words.stem, "licence": words.licence, "items": items, "options": options}
    return _MEASURE.validate_python({**form, **given})


def _form(key: str) -> dict[str, Any]:
    form: dict[str, Any] = read_yaml(files("agent.care").joinpath(f"data/measures/{key}.yaml"))
    return form
