"""Exports both fitted readers as one network: ONNX fp32, then int8, tokenizer, checksums.

Int8 gives all activations of a product one scale, and in the wide inner part of each layer a few columns are ten times
larger than the rest, which then have next to no steps left. Those few are multiplied apart, in fp32 (the idea of
LLM.int8(), Dettmers et al. 2022, with columns that are found once): less than half the error, for about a millisecond.

``python -m classifiers.train.export --emotion FOLDER/emotion.pt --meaning FOLDER/meaning.pt --fp32 FOLDER``
"""

import argparse
import json
import random
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from classifiers.onnx import Floats, Ids, Tokens
from classifiers.text import WEIGHTS
from classifiers.train import data
from classifiers.train.base import base_folder
from classifiers.train.model import HEADS, Forked, Reader

#: Columns that are multiplied apart, and how many messages they are looked for in.
APART, LOOKED_AT = 4, 200
INPUTS = ("input_ids", "attention_mask", "own")
SHIPPED = ("reader.int8.onnx", "tokenizer.json", "calibration.json")


def export(emotion: Path, meaning: Path, out: Path, fp32: Path) -> None:
    """Write both models and the tokenizer."""
    readers = [Reader.from_checkpoint(path, HEADS[name]) for name, path in (("emotion", emotion), ("meaning", meaning))]
    outputs = [head for name in HEADS for head in HEADS[name]]
    ids = torch.ones(2, 8, dtype=torch.long)
    dynamic = {0: "batch", 1: "tokens"}
    axes = {**dict.fromkeys(INPUTS, dynamic), **{head: {0: "batch"} for head in outputs}}
    whole = fp32 / "reader.fp32.onnx"
    torch.onnx.export(
        Forked(*readers).eval(), (ids, ids, ids), str(whole), input_names=list(INPUTS),
        output_names=outputs, dynamic_axes=axes, opset_version=17, dynamo=False,
    )  # fmt: skip
    messages = [e.text for e in data.authored("train")]
    quantise(whole, out / "reader.int8.onnx", random.Random(LOOKED_AT).sample(messages, LOOKED_AT))
    shutil.copyfile(base_folder() / "tokenizer.json", out / "tokenizer.json")


def quantise(whole: Path, out: Path, texts: list[str]) -> None:
    """All int8 but the few columns of the inner parts that are large when these texts are read."""
    model = onnx.load(whole)
    weights = {w.name: numpy_helper.to_array(w) for w in model.graph.initializer}
    inner = [n for n in model.graph.node if n.op_type == "MatMul" and n.input[1] in weights and _inner(n.name)]
    if not inner:
        message = "no inner part of a layer was found: has the exporter changed its names?"
        raise ValueError(message)
    large = largest(model, [n.input[0] for n in inner], texts)
    apart = {n.name: _apart(n, large[n.input[0]], weights[n.input[1]]) for n in inner}
    nodes = [m for n in model.graph.node for m in (apart[n.name][0] if n.name in apart else [n])]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(w for _, more in apart.values() for w in more)
    part = whole.with_suffix(".part.onnx")
    onnx.save(model, part)
    few = [f"{name}/few" for name in apart] + [f"{name}/pick" for name in apart]
    quantize_dynamic(str(part), str(out), weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=few)
    part.unlink()


def largest(model: onnx.ModelProto, names: list[str], texts: list[str]) -> dict[str, Ids]:
    """The columns with the largest values of each of these tensors, over the texts, each (APART,)."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    names = sorted(set(names))
    probe.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    session = onnxruntime.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    tokens, most = Tokens(base_folder() / "tokenizer.json"), dict[str, Floats]()
    for text in texts:
        window = tokens.windows(text)[0]
        feed = dict.fromkeys(INPUTS, window) | dict.fromkeys(INPUTS[1:], np.ones_like(window))
        for name, value in zip(names, session.run(names, feed), strict=True):
            top = np.abs(value.reshape(-1, value.shape[-1])).max(0)
            most[name] = np.maximum(most.get(name, top), top)
    return {name: np.sort(np.argsort(-top)[:APART]) for name, top in most.items()}


def _inner(name: str) -> bool:
    """Whether a product is part of a layer's wide inner part."""
    return "/intermediate/dense" in name or ("/output/dense" in name and "attention" not in name)


def _apart(node: onnx.NodeProto, columns: Ids, weight: Floats) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """``x W`` as ``(x without the columns) W`` plus the columns' own share, and the constants this takes."""
    name, (x, w), (y,) = node.name, node.input, node.output
    keep = np.ones(len(weight), dtype=np.float32)
    keep[columns] = 0
    nodes = [
        helper.make_node("Mul", [x, f"{name}/keep"], [f"{name}/rest"], name=f"{name}/mask"),
        helper.make_node("MatMul", [f"{name}/rest", w], [f"{name}/most"], name=name),
        helper.make_node("Gather", [x, f"{name}/columns"], [f"{name}/large"], name=f"{name}/pick", axis=-1),
        helper.make_node("MatMul", [f"{name}/large", f"{name}/rows"], [f"{name}/own"], name=f"{name}/few"),
        helper.make_node("Add", [f"{name}/most", f"{name}/own"], [y], name=f"{name}/sum"),
    ]
    constants = {"keep": keep, "columns": columns.astype(np.int64), "rows": weight[columns].copy()}
    return nodes, [numpy_helper.from_array(value, f"{name}/{key}") for key, value in constants.items()]


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
    parser.add_argument("--version", default="text-3")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    export(args.emotion, args.meaning, args.out, args.fp32)
    manifest(args.out, args.version)


if __name__ == "__main__":
    main()
