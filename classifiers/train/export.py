"""Exports the fitted text reader: ONNX fp32, then int8 (dynamic, per channel), tokenizer, manifest of checksums.

``python -m classifiers.train.export --checkpoint FOLDER/stage2.pt``
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
from classifiers.train.model import TextReader

OUTPUTS = ("emotion", "tier", "domain", "intent")
SHIPPED = ("reader.int8.onnx", "tokenizer.json", "calibration.json")


class Outputs(torch.nn.Module):
    """The reader with a tuple for the exporter."""

    def __init__(self, reader: TextReader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Logits in the order of ``OUTPUTS``."""
        hidden = self.reader.trunk(input_ids, attention_mask)
        meaning = self.reader.meaning(hidden, attention_mask)
        return self.reader.feelings(hidden, attention_mask), meaning.tier, meaning.domain, meaning.intent


def export(checkpoint: Path, out: Path, fp32: Path) -> None:
    """Write both models and the tokenizer."""
    reader = TextReader.from_checkpoint(checkpoint).eval()
    ids = torch.ones(2, 8, dtype=torch.long)
    dynamic = {0: "batch", 1: "tokens"}
    axes = {"input_ids": dynamic, "attention_mask": dynamic, **{name: {0: "batch"} for name in OUTPUTS}}
    torch.onnx.export(
        Outputs(reader).eval(), (ids, ids), str(fp32), input_names=["input_ids", "attention_mask"],
        output_names=list(OUTPUTS), dynamic_axes=axes, opset_version=17, dynamo=False,
    )  # fmt: skip
    quantize_dynamic(str(fp32), str(out / "reader.int8.onnx"), weight_type=QuantType.QInt8, per_channel=True)
    shutil.copyfile(base_folder() / "tokenizer.json", out / "tokenizer.json")


def manifest(out: Path, version: str) -> None:
    """Checksums of what is shipped; run again after calibration."""
    sums = {name: sha256((out / name).read_bytes()).hexdigest() for name in SHIPPED if (out / name).exists()}
    (out / "manifest.json").write_text(json.dumps({"version": version, "sha256": sums}, indent=2) + "\n")


def main() -> None:
    """Export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--fp32", type=Path, required=True, help="where the fp32 model goes, outside the tree")
    parser.add_argument("--version", default="text-1")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    export(args.checkpoint, args.out, args.fp32)
    manifest(args.out, args.version)


if __name__ == "__main__":
    main()
