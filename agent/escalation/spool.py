"""When TX2 fails: the case goes to disk, sealed and synced, and into the database as soon as that returns."""

import json
import os
from pathlib import Path
from uuid import UUID, uuid4

from pydantic import TypeAdapter

from agent.domain.risk import RiskAssessment
from agent.domain.turn import Message
from agent.storage.crypto import DataKey, Place

_MESSAGE = TypeAdapter(Message)
_RISK = TypeAdapter(RiskAssessment)


class Spool:
    """A folder of sealed files, one a case that could not be stored."""

    def __init__(self, folder: Path, key: DataKey) -> None:
        self._folder = folder
        self._key = key

    def put(self, message: Message, risk: RiskAssessment, model_version: str) -> None:
        """Write one entry; safe on disk when this returns. ``OSError`` if even the disk fails."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        entry = uuid4()
        parts = [_MESSAGE.dump_json(message).decode(), _RISK.dump_json(risk).decode(), model_version]
        path = self._folder / f"{entry}.part"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(self._key.seal(Place("spool", entry, "case"), json.dumps(parts)))
            file.flush()
            os.fsync(file.fileno())
        path.rename(path.with_suffix(".sealed"))
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def pending(self) -> list[Path]:
        """Entries that still have to be stored."""
        return sorted(self._folder.glob("*.sealed")) if self._folder.exists() else []

    def set_aside(self) -> int:
        """Entries that do not open, or belong to no turn: a human must look at them."""
        return sum(1 for kind in ("*.unreadable", "*.unplaced") for _ in self._folder.glob(kind))

    def read(self, path: Path) -> tuple[Message, RiskAssessment, str]:
        """One entry; ``Tampered`` if it does not open."""
        raw = self._key.open(Place("spool", UUID(path.stem), "case"), path.read_bytes())
        message, risk, model_version = json.loads(raw)
        return _MESSAGE.validate_json(message), _RISK.validate_json(risk), str(model_version)
