"""The one place of this package that imports onnxruntime: encoder sessions on one thread, telemetry off."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from classifiers.windows import LONGEST, pieces, together

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

# Must be in the environment before the import; calling it off later is too late.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime as ort  # noqa: E402

BRANCHES: Final = ("emotion", "meaning")


class Tokens:
    """The tokenizer both encoders share."""

    def __init__(self, path: Path) -> None:
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def windows(self, text: str) -> list[Ids]:
        """Token ids of the message in overlapping windows (one for a short message), each of shape (tokens,)."""
        ids: list[int] = self._tokenizer.encode(clean(text)).ids
        return [np.array([ids[0], *piece, ids[-1]], dtype=np.int64) for piece in pieces(ids[1:-1])]

    def together(self, before: Sequence[str], text: str) -> tuple[Ids, Ids] | None:
        """The message behind the last turns, and the mask of its own tokens; None for one that is too long for it."""
        ids: list[int] = self._tokenizer.encode(clean(text)).ids
        if len(ids) - 2 > LONGEST:
            return None
        earlier = [self._tokenizer.encode(clean(turn), add_special_tokens=False).ids for turn in before]
        row, own = together(earlier, ids[1:-1], ids[0], ids[-1])
        return np.array(row, dtype=np.int64), np.array(own, dtype=np.int64)


class Encoder:
    """The fitted networks in a folder: lower layers, and on them a branch for emotions and one for meaning."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # A processor without VNNI adds the products of 8 bits in 16, where they overflow: the same message would read
        # differently there. Precise: weights without a sign, the same sums everywhere.
        options.add_session_config_entry("session.x64quantprecision", "1")

        def session(name: str) -> ort.InferenceSession:
            return ort.InferenceSession(str(folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])

        self._lower = session("lower")
        self._branches = {name: session(name) for name in BRANCHES}

    def run(self, window: Ids, own: Ids | None = None, branches: Sequence[str] = BRANCHES) -> dict[str, Floats]:
        """Raw outputs for one window (tokens,), each (labels,). ``own`` masks the message's tokens, if not all are."""
        (lower,) = self._lower.run(None, {"input_ids": window})
        feed = {"lower": lower, "own": np.ones_like(window) if own is None else own}
        found: dict[str, Floats] = {}
        for name in branches:
            branch = self._branches[name]
            found |= zip((o.name for o in branch.get_outputs()), branch.run(None, feed), strict=True)
        return found


def clean(text: str) -> str:
    """Lone surrogates cannot be encoded: they become the replacement character."""
    return text.encode("utf-8", "replace").decode("utf-8")
