"""JSON lines by allow-list: event name, ids, durations, codes. Everything else is dropped, whoever logs it.

Other libraries' messages are not printed at all below WARNING, and above it only as logger and exception type: their
texts may quote what they were given.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Final

ALLOWED: Final = frozenset(
    {"turn_id", "case_id", "tier", "code", "part", "seconds", "status", "route", "count", "origin"}
)
_EVENT = re.compile(r"[a-z][a-z0-9_]{2,48}")
_VALUE = re.compile(r"[\w\-./:{} ]{0,80}")


class AllowList(logging.Formatter):
    """Formats a record from nothing but allowed fields."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        ours = record.name.startswith("handhold")
        event = str(record.msg) if ours and _EVENT.fullmatch(str(record.msg)) else "foreign"
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": event,
        }
        # What other libraries put into fields of the same names is theirs, and may be words.
        for name in sorted(ALLOWED & record.__dict__.keys()) if ours else ():
            value = str(record.__dict__[name])
            line[name] = value if _VALUE.fullmatch(value) else "?"
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _innermost(record)
        return json.dumps(line)


def _innermost(record: logging.LogRecord) -> str:
    assert record.exc_info is not None
    trace = record.exc_info[2]
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""


def configure(level: str) -> None:
    """Send everything through the allow-list to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AllowList())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("handhold").setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = name != "uvicorn.access"
