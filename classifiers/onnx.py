"""The one place of this package that imports onnxruntime: encoder sessions on one thread, telemetry off."""

import os
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

Floats = npt.NDArray[np.float32]

# Must be in the environment before the import; calling it off later is too late.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime as ort  # noqa: E402


class Encoder:
    """Tokenizer and ONNX session of a BERT-like model."""

    def __init__(self, model: Path, tokenizer: Path, max_tokens: int, threads: int = 1) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._max = max_tokens
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.enable_padding()
        self._names = [output.name for output in self._session.get_outputs()]

    def windows(self, text: str, stride: int) -> list[str]:
        """The text, or for one longer than the model takes, overlapping pieces that together hold all of it."""
        text = clean(text)
        if len(text) < self._max:  # a token is at least one character
            return [text]
        self._tokenizer.no_truncation()
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        self._tokenizer.enable_truncation(self._max)
        size = self._max - 2
        if len(offsets) <= size:
            return [text]
        starts = range(0, len(offsets) - size + stride, stride)
        return [text[offsets[s][0] : offsets[min(s + size, len(offsets)) - 1][1]] for s in starts]

    def run(self, texts: list[str]) -> dict[str, Floats]:
        """One forward pass; every output has the texts as its first dimension."""
        encoded = self._tokenizer.encode_batch([clean(text) for text in texts])
        feed = {
            "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
            "attention_mask": np.array([e.attention_mask for e in encoded], dtype=np.int64),
        }
        return dict(zip(self._names, cast("list[Floats]", self._session.run(None, feed)), strict=True))


def clean(text: str) -> str:
    """Lone surrogates cannot be encoded: they become the replacement character."""
    return text.encode("utf-8", "replace").decode("utf-8")
