"""The error tree. Every error that reaches a client carries a stable ``code`` and words a person can read.

::

    HandholdError
    ├── BadInput            the request itself is wrong                      422
    ├── NotAllowed          no or wrong credentials                          401
    ├── NotPermitted        signed in, and not theirs to see or do           403
    ├── NotFound            unknown, or somebody else's: one answer for both 404
    ├── Conflict            the same id with other content, or ended         409
    ├── TooMuch             more than one conversation can hold at once      429
    ├── NotReady            a part that every turn needs is missing          503
    │   └── FolderInUse     a second process on the same data folder
    └── Tampered            stored bytes do not open with their key          500
"""

from typing import ClassVar


class HandholdError(Exception):
    """Base of all errors raised on purpose."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = code or self.code


class BadInput(HandholdError):
    """The request itself is wrong."""

    code = "bad_input"
    status = 422


class NotAllowed(HandholdError):
    """No or wrong credentials."""

    code = "not_allowed"
    status = 401


class NotPermitted(HandholdError):
    """Signed in, and not theirs to see or do."""

    code = "not_permitted"
    status = 403


class NotFound(HandholdError):
    """Unknown, or somebody else's."""

    code = "not_found"
    status = 404


class Conflict(HandholdError):
    """The state does not allow it."""

    code = "conflict"
    status = 409


class TooMuch(HandholdError):
    """More than can be held at once."""

    code = "too_many_pending"
    status = 429


class NotReady(HandholdError):
    """A part that every turn needs is missing."""

    code = "not_ready"
    status = 503


class FolderInUse(NotReady):
    """Another Handhold process holds the data folder."""

    code = "folder_in_use"


class Tampered(HandholdError):
    """Stored bytes do not open with their key."""

    code = "tampered"
