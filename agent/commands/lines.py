"""JSON Lines in and out for ``screen`` and ``replay``: a bad line is answered with an error, the rest goes on."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from agent.api.schemas import clean_text


class LineTurn(BaseModel):
    """One turn of an input line."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["user", "assistant"]
    text: Annotated[str, BeforeValidator(clean_text)]


class LineIn(BaseModel):
    """One conversation."""

    model_config = ConfigDict(extra="ignore")

    id: str
    locale: str = "en"
    turns: list[LineTurn] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used, with the answer that is written for it."""

    id: object
    code: str
    message: str

    def out(self) -> dict[str, object]:
        """What is written."""
        return {"id": self.id, "error": {"code": self.code, "message": self.message}}


def read(file: IO[str]) -> Iterator[LineIn | BadLine]:
    """Every line that is not blank."""
    for number, raw in enumerate(file, start=1):
        if not raw.strip():
            continue
        try:
            data = json.loads(raw)
        except (ValueError, RecursionError):
            yield BadLine(None, "invalid_json", f"line {number} is not valid JSON")
            continue
        given = data.get("id") if isinstance(data, dict) else None
        try:
            yield LineIn.model_validate(data)
        except ValidationError as error:
            where = ", ".join(sorted({".".join(str(p) for p in e["loc"]) or "line" for e in error.errors()}))
            yield BadLine(given if isinstance(given, str | int) else None, "bad_line", f"line {number}: check {where}")


def open_both(source: Path, out: Path, stack: ExitStack) -> tuple[IO[str], IO[str]]:
    """Files, or the standard streams for ``-``; text that is not UTF-8 is replaced, never fatal."""
    if source == Path("-"):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    if out == Path("-"):
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    reader = sys.stdin if source == Path("-") else stack.enter_context(source.open(encoding="utf-8", errors="replace"))
    writer = sys.stdout if out == Path("-") else stack.enter_context(out.open("w", encoding="utf-8"))
    return reader, writer


def write(file: IO[str], row: dict[str, object]) -> None:
    """One line."""
    file.write(json.dumps(row, ensure_ascii=False) + "\n")
