"""What a failing part may raise while the turn goes on without it.

Named one by one, because catching everything belongs to the runner: what is not named here ends in its last resort,
which shows help but no answer. onnxruntime's errors share no base but ``Exception``, so all of them are listed.
"""

from typing import Final

from langchain_core.exceptions import LangChainException
from onnxruntime.capi import onnxruntime_pybind11_state
from openai import OpenAIError
from procrastinate.exceptions import ProcrastinateException
from psycopg import Error as PostgresError
from sqlalchemy.exc import SQLAlchemyError

_ONNX = tuple(
    kind for kind in vars(onnxruntime_pybind11_state).values() if isinstance(kind, type) and issubclass(kind, Exception)
)

#: A sensor, the index, the generator or the guard. ``OSError`` holds ``TimeoutError``.
PART_FAILED: Final[tuple[type[Exception], ...]] = (
    ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, OSError, RuntimeError, TypeError,
    ValueError, LangChainException, OpenAIError, *_ONNX,
)  # fmt: skip

#: The database, the driver under it, or the queue that shares its transaction.
STORAGE_FAILED: Final[tuple[type[Exception], ...]] = (SQLAlchemyError, PostgresError, ProcrastinateException, OSError)
