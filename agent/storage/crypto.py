"""Encryption at rest: AES-256-GCM under one data key per person, wrapped by the master key.

Every ciphertext is bound to its table, row and column (additional authenticated data), so that bytes moved to another
place do not open. Layout: one version byte, 12 bytes nonce, ciphertext with its 16-byte tag.
"""

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from agent.errors import NotReady, Tampered

_VERSION = b"\x01"
_NONCE = 12
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ciphertext lives."""

    table: str
    row: UUID
    column: str

    def aad(self) -> bytes:
        """The bytes that bind a ciphertext to this place."""
        return f"handhold/{self.table}/{self.row}/{self.column}".encode()


class DataKey:
    """Seals and opens the fields of one person."""

    def __init__(self, raw: bytes) -> None:
        self._cipher = AESGCM(raw)

    def seal(self, place: Place, text: str) -> bytes:
        """Encrypt; lone surrogates survive the round trip."""
        return _seal(self._cipher, text.encode("utf-8", "surrogatepass"), place.aad())

    def open(self, place: Place, sealed: bytes) -> str:
        """Decrypt; raises ``Tampered`` when bytes, key or place do not fit."""
        return _open(self._cipher, sealed, place.aad()).decode("utf-8", "surrogatepass")


class MasterKey:
    """Wraps the data keys. Held in a file of mode 0600, never in the database."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) != _KEY_BYTES:
            raise NotReady("The master key file is damaged: it must hold 32 bytes in base64.", code="bad_key_file")
        self._cipher = AESGCM(raw)
        self._spool = HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=b"handhold/spool").derive(raw)
        self._contact = HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=b"handhold/trusted-contact").derive(raw)

    @classmethod
    def load_or_create(cls, path: Path) -> "MasterKey":
        """Read the key file, or make it on first start. Refuses a file that others may read."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_secret(path, base64.b64encode(os.urandom(_KEY_BYTES)))
        return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> "MasterKey":
        """Read the key file; ``NotReady`` when it is missing, open to others or damaged."""
        if not path.exists():
            raise NotReady(
                f"The master key is missing at {path}. What is stored cannot be read without it: put your copy there.",
                code="key_file_missing",
            )
        if path.stat().st_mode & 0o077:
            raise NotReady(f"{path} can be read by others. Run: chmod 600 {path}", code="key_file_open")
        try:
            return cls(base64.b64decode(path.read_bytes(), validate=True))
        except ValueError as error:
            raise NotReady("The master key file is damaged: it is not base64.", code="bad_key_file") from error

    def new_data_key(self, person: UUID) -> bytes:
        """A fresh data key, wrapped for its person."""
        return _seal(self._cipher, os.urandom(_KEY_BYTES), Place("person", person, "wrapped_key").aad())

    def unwrap(self, person: UUID, wrapped: bytes) -> DataKey:
        """The data key of a person; ``Tampered`` if the master key is another one."""
        return DataKey(_open(self._cipher, wrapped, Place("person", person, "wrapped_key").aad()))

    def spool_key(self) -> DataKey:
        """A key of its own for what must be kept while the database is away."""
        return DataKey(self._spool)

    def contact_secret(self) -> bytes:
        """What the links to trusted contacts and the fingerprints of their addresses are made with."""
        return self._contact


def write_secret(path: Path, content: bytes) -> None:
    """Write a new file of mode 0600 and see it safe on disk before returning."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _seal(cipher: AESGCM, plain: bytes, aad: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + cipher.encrypt(nonce, plain, aad)


def _open(cipher: AESGCM, sealed: bytes, aad: bytes) -> bytes:
    if sealed[:1] != _VERSION or len(sealed) < 1 + _NONCE:
        raise Tampered("A stored field has an unknown format.")
    try:
        return cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], aad)
    except InvalidTag as error:
        raise Tampered("A stored field does not open with its key.") from error
