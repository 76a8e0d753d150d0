"""Exports both fitted readers as one network: ONNX fp32, then int8 (dynamic, per channel), tokenizer, checksums.

``python -m classifiers.train.export --emotion FOLDER/emotion.pt --meaning FOLDER/meaning.pt --fp32 FOLDER``
"""

import argparse
import json
import shutil
from hashlib import sha256
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from classifiers.text import WEIGHTS
from classifiers.train.base import base_folder
from classifiers.train.model import HEADS, Forked, Reader

SHIPPED = ("reader.int8.onnx", "tokenizer.json", "calibration.json")


def export(emotion: Path, meaning: Path, out: Path, fp32: Path) -> None:
    """Write both models and the tokenizer."""
    readers = [Reader.from_checkpoint(path, HEADS[name]) for name, path in (("emotion", emotion), ("meaning", meaning))]
    outputs = [head for name in HEADS for head in HEADS[name]]
    ids = torch.ones(2, 8, dtype=torch.long)
    dynamic = {0: "batch", 1: "tokens"}
    axes = {"input_ids": dynamic, "attention_mask": dynamic, **{head: {0: "batch"} for head in outputs}}
    whole = fp32 / "reader.fp32.onnx"
    torch.onnx.export(
        Forked(*readers).eval(), (ids, ids), str(whole), input_names=["input_ids", "attention_mask"],
        output_names=outputs, dynamic_axes=axes, opset_version=17, dynamo=False,
    )  # fmt: skip
    quantize_dynamic(str(whole), str(out / "reader.int8.onnx"), weight_type=QuantType.QInt8, per_channel=True)
    shutil.copyfile(base_folder() / "tokenizer.json", out / "tokenizer.json")


def manifest(out: Path, version: str) -> None:
    """Checksums of what is shipped; run again after calibration."""
    sums = {name: sha256((out / name).read_bytes()).hexdigest() for name in SHIPPED if (out / name).exists()}
    (out / "manifest.json").write_text(json.dumps({"version": version, "sha256": sums}, indent=2) + "\n")


def main() -> None:
    """Export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--emotion", type=Path, required=True)
    parser.add_argument("--meaning", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--fp32", type=Path, required=True, help="folder for the fp32 model, outside the tree")
    parser.add_argument("--version", default="text-2")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    export(args.emotion, args.meaning, args.out, args.fp32)
    manifest(args.out, args.version)


if __name__ == "__main__":
    main()
