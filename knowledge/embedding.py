"""Sentence embeddings: all-MiniLM-L6-v2 with 8-bit weights, mean pooling, unit length (384 numbers)."""

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]

# Must be in the environment before the import.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime as ort  # noqa: E402

WEIGHTS = Path(__file__).parent / "weights"
MAX_TOKENS = 256


class Embedder:
    """Embeds texts on one thread."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        for name, expected in manifest["sha256"].items():
            if sha256((folder / name).read_bytes()).hexdigest() != expected:
                raise ValueError(f"{folder / name} is not the file that was shipped")
        self.version = str(manifest["version"])
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        # The same sums on processors without VNNI (see classifiers/onnx.py).
        options.add_session_config_entry("session.x64quantprecision", "1")
        model = next(name for name in manifest["sha256"] if name.endswith(".onnx"))
        self._session: Any = ort.InferenceSession(str(folder / model), options, providers=["CPUExecutionProvider"])
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()

    def embed(self, texts: list[str]) -> Vectors:
        """Shape (texts, 384), unit length."""
        encoded = self._tokenizer.encode_batch([t.encode("utf-8", "replace").decode() for t in texts])
        feed = {
            "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
            "attention_mask": np.array([e.attention_mask for e in encoded], dtype=np.int64),
        }
        return cast("Vectors", self._session.run(None, feed)[0])
