"""Exports the fitted readers as they are served (``served.py``): ONNX fp32, then int8, tokenizer, checksums.

Int8 gives all activations of a product one scale, and in the wide inner part of each layer a few columns are ten times
larger than the rest, which then have next to no steps left. Those few are multiplied apart, in fp32 (the idea of
LLM.int8(), Dettmers et al. 2022, with columns that are found once): less than half the error, for about a millisecond.

``python -m classifiers.train.export --emotion FOLDER/emotion.pt --meaning FOLDER/meaning.pt --fp32 FOLDER``
"""

import argparse
import json
import random
import shutil
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

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
from classifiers.train.model import HEADS, Reader
from classifiers.train.served import LOWER, parts

#: Columns that are multiplied apart, how many messages they are looked for in, and the networks it is done in:
#: emotions rank as well without (average precision .555 on dev in int8, with and without, and in fp32).
APART, LOOKED_AT = 4, 200
APART_IN = ("lower", "meaning")
SHIPPED = ("lower.onnx", "emotion.onnx", "meaning.onnx", "tokenizer.json", "calibration.json")
Feeds = list[dict[str, Any]]


def export(emotion: Path, meaning: Path, out: Path, fp32: Path) -> None:
    """Write the networks, in fp32 and in int8, and the tokenizer."""
    paths = {"emotion": emotion, "meaning": meaning}
    networks = parts({name: Reader.from_checkpoint(path, HEADS[name]) for name, path in paths.items()})
    tokens, messages = Tokens(base_folder() / "tokenizer.json"), [e.text for e in data.authored("train")]
    looked_at = [tokens.windows(t)[0] for t in random.Random(LOOKED_AT).sample(messages, LOOKED_AT)]

    def write(name: str, feeds: Feeds, outputs: Iterable[str]) -> None:
        whole = fp32 / f"{name}.onnx"
        torch.onnx.export(
            networks[name], tuple(map(torch.from_numpy, feeds[0].values())), str(whole), input_names=list(feeds[0]),
            output_names=list(outputs), dynamic_axes={key: {0: "tokens"} for key in feeds[0]}, opset_version=17,
            dynamo=False,
        )  # fmt: skip
        quantise(whole, out / f"{name}.onnx", feeds if name in APART_IN else [])

    lower: Feeds = [{"input_ids": window} for window in looked_at]
    write(LOWER, lower, [LOWER])
    below = _session(fp32 / f"{LOWER}.onnx")
    upper: Feeds = [{LOWER: below.run(None, feed)[0], "own": np.ones_like(feed["input_ids"])} for feed in lower]
    for name, heads in HEADS.items():
        write(name, upper, heads)
    shutil.copyfile(base_folder() / "tokenizer.json", out / "tokenizer.json")


def quantise(whole: Path, out: Path, feeds: Feeds) -> None:
    """All int8 but the few columns of the inner parts that are large on these inputs, if there are any."""
    model, part = onnx.load(whole), whole.with_suffix(".part.onnx")
    few = set_apart(model, feeds) if feeds else []
    onnx.save(model, part)
    quantize_dynamic(str(part), str(out), weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=few)
    part.unlink()


def set_apart(model: onnx.ModelProto, feeds: Feeds) -> list[str]:
    """Rewrite the inner parts of the layers; returns the nodes that are to stay in fp32."""
    inner = [n for n in model.graph.node if n.op_type == "Gemm" and _inner(n.name)]
    if not inner:
        message = "no inner part of a layer was found: has the exporter changed its names?"
        raise ValueError(message)
    weights = {w.name: w for w in model.graph.initializer}
    large = largest(model, [n.input[0] for n in inner], feeds)
    apart = {
        n.name: _apart(n, large[n.input[0]], numpy_helper.to_array(weights.pop(n.input[1])).T) for n in inner
    }  # fmt: skip
    nodes = [m for n in model.graph.node for m in (apart[n.name][0] if n.name in apart else [n])]
    constants = [*weights.values(), *(w for _, more in apart.values() for w in more)]
    for field, values in ((model.graph.node, nodes), (model.graph.initializer, constants)):
        del field[:]
        field.extend(values)
    return [f"{name}/{node}" for name in apart for node in ("few", "pick")]


def largest(model: onnx.ModelProto, names: list[str], feeds: Feeds) -> dict[str, Ids]:
    """The columns with the largest values of each of these tensors, over the inputs, each (APART,)."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    names = sorted(set(names))
    probe.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    session, most = _session(probe.SerializeToString()), dict[str, Floats]()
    for feed in feeds:
        for name, value in zip(names, session.run(names, feed), strict=True):
            top = np.abs(value.reshape(-1, value.shape[-1])).max(0)
            most[name] = np.maximum(most.get(name, top), top)
    return {name: np.sort(np.argsort(-top)[:APART]) for name, top in most.items()}


def _session(model: Path | bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def _inner(name: str) -> bool:
    """Whether a product is part of a layer's wide inner part."""
    return "/widen/" in name or "/narrow/" in name


def _apart(node: onnx.NodeProto, columns: Ids, weight: Floats) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """``x W + b`` as ``(x without the columns) W`` plus ``(the columns) (their rows of W) + b``, and the constants."""
    name, (x, _, b), (y,) = node.name, node.input, node.output
    keep = np.ones(len(weight), dtype=np.float32)
    keep[columns] = 0
    nodes = [
        helper.make_node("Mul", [x, f"{name}/keep"], [f"{name}/rest"], name=f"{name}/mask"),
        helper.make_node("MatMul", [f"{name}/rest", f"{name}/weight"], [f"{name}/most"], name=name),
        helper.make_node("Gather", [x, f"{name}/columns"], [f"{name}/large"], name=f"{name}/pick", axis=-1),
        helper.make_node("Gemm", [f"{name}/large", f"{name}/rows", b], [f"{name}/own"], name=f"{name}/few"),
        helper.make_node("Add", [f"{name}/most", f"{name}/own"], [y], name=f"{name}/sum"),
    ]
    constants = {
        "keep": keep, "weight": weight.copy(), "columns": columns.astype(np.int64), "rows": weight[columns].copy()
    }  # fmt: skip
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
    parser.add_argument("--fp32", type=Path, required=True, help="folder for the fp32 networks, outside the tree")
    parser.add_argument("--version", default="text-4")
    args = parser.parse_args()
    for folder in (args.out, args.fp32):
        folder.mkdir(parents=True, exist_ok=True)
    export(args.emotion, args.meaning, args.out, args.fp32)
    manifest(args.out, args.version)


if __name__ == "__main__":
    main()
