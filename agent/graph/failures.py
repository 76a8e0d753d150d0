"""What a failing part may raise while the turn goes on without it.

Named one by one, because catching everything belongs to the runner: what is not named here ends in its last resort,
which shows help but no answer. onnxruntime's errors share no base but ``Exception``, so all of them are listed.
"""

import sys
from typing import Final

from langchain_core.exceptions import LangChainException
from onnxruntime.capi import onnxruntime_pybind11_state
from procrastinate.exceptions import ProcrastinateException
from psycopg import Error as PostgresError
from sqlalchemy.exc import SQLAlchemyError

_ONNX = tuple(
    kind for kind in vars(onnxruntime_pybind11_state).values() if isinstance(kind, type) and issubclass(kind, Exception)
)

_PART: Final[tuple[type[Exception], ...]] = (
    ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, OSError, RuntimeError, TypeError,
    ValueError, LangChainException, *_ONNX,
)  # fmt: skip


def part_failed() -> tuple[type[Exception], ...]:
    """What a sensor, the index, the generator or the guard may raise. ``OSError`` holds ``TimeoutError``.

    openai takes half a second to import and can only raise where it was imported, so it is looked up when needed.
    """
    openai = sys.modules.get("openai")
    return (*_PART, openai.OpenAIError) if openai is not None else _PART


#: The database, the driver under it, or the queue that shares its transaction.
STORAGE_FAILED: Final[tuple[type[Exception], ...]] = (SQLAlchemyError, PostgresError, ProcrastinateException, OSError)
