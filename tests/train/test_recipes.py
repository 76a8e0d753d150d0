"""The recipes: what is shared stays as it is, an interrupted run goes on, and the exported network is both readers."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

pytestmark = pytest.mark.train


def readers():
    from classifiers.train.model import HEADS, Reader

    return [Reader.from_base(HEADS[name]).eval() for name in ("emotion", "meaning")]


def test_a_step_changes_the_upper_layers_and_not_what_is_shared() -> None:
    from classifiers.train.loop import Optimiser
    from classifiers.train.model import SHARED

    model, _ = readers()
    before = {n: p.clone() for n, p in model.named_parameters()}
    ids = torch.tensor([[101, 2026, 3899, 102]])
    optimiser = Optimiser(model, steps=2, lr=1e-3)
    optimiser.step(model(ids, torch.ones_like(ids))["emotion"].square().mean())
    changed = {n for n, p in model.named_parameters() if not torch.equal(p, before[n])}
    shared = ("encoder.embeddings.", *(f"encoder.encoder.layer.{n}." for n in range(SHARED)))
    assert changed
    assert not [n for n in changed if n.startswith(shared)]


def test_the_served_networks_say_what_both_readers_say() -> None:
    from classifiers.train.model import HEADS
    from classifiers.train.served import parts

    emotion, meaning = readers()
    served = parts({"emotion": emotion, "meaning": meaning})
    ids, own = torch.tensor([101, 2026, 3899, 102, 2003, 102]), torch.tensor([1, 0, 0, 1, 1, 1])
    with torch.inference_mode():
        lower = served["lower"](ids)
        for name, reader in (("emotion", emotion), ("meaning", meaning)):
            whole = reader(ids[None], torch.ones_like(ids)[None], own[None])
            for head, said in zip(HEADS[name], served[name](lower, own), strict=True):
                assert torch.allclose(said, whole[head][0], atol=1e-4)


def test_what_came_before_is_attended_to_and_not_pooled() -> None:
    _, meaning = readers()
    ids = torch.tensor([[101, 2054, 102, 2026, 3899, 102]])
    other = ids.clone()
    other[0, 1] = 2129
    mask, own = torch.ones_like(ids), torch.tensor([[1, 0, 0, 1, 1, 1]])
    hidden = torch.arange(6 * 384, dtype=torch.float32).reshape(1, 6, 384)
    changed = hidden.clone()
    changed[0, 1] += 1000
    with torch.inference_mode():
        assert torch.equal(meaning.pool(hidden, own), meaning.pool(changed, own))
        assert not torch.allclose(meaning(ids, mask, own)["stands"], meaning(other, mask, own)["stands"])


def test_readers_that_do_not_share_their_lower_layers_are_refused() -> None:
    from classifiers.train.served import parts

    emotion, meaning = readers()
    with torch.no_grad():
        next(meaning.encoder.embeddings.parameters()).add_(1)
    with pytest.raises(ValueError, match="do not share"):
        parts({"emotion": emotion, "meaning": meaning})


def test_an_interrupted_run_goes_on_after_its_last_epoch(tmp_path: Path) -> None:
    from classifiers.train.loop import Averaged, Optimiser, Run

    model, _ = readers()
    optimiser, averaged = Optimiser(model, 10, 1e-3), Averaged()
    averaged.add(model)
    Run(tmp_path, "r").save(2, model, optimiser, averaged)
    other, again = readers()[0], Averaged()
    assert Run(tmp_path, "r").resume(other, Optimiser(other, 10, 1e-3), again) == 3
    assert again.count == 1
    assert Run(tmp_path, "new").resume(other, Optimiser(other, 10, 1e-3), Averaged()) == 0


def test_the_strongest_window_of_a_message_counts() -> None:
    from classifiers.train.data import Example
    from classifiers.train.loop import encoded, tokenizer

    batch = encoded(tokenizer(), [Example("short"), Example("word " * 300)])
    assert len(batch.of) > 2
    logits = torch.arange(len(batch.of), dtype=torch.float32).unsqueeze(1)
    assert batch.strongest(logits).squeeze(1).tolist() == [0.0, float(len(batch.of) - 1)]


def test_a_message_and_what_came_before_are_the_same_tokens_in_training_and_in_serving() -> None:
    from classifiers.onnx import Tokens
    from classifiers.text import WEIGHTS
    from classifiers.train.data import Example
    from classifiers.train.loop import encoded, tokenizer

    before, text = ("I failed the exam", "> What is it like?" * 20), "I give up, it's over"
    batch = encoded(tokenizer(), [Example(text, before=before)])
    served = Tokens(WEIGHTS / "tokenizer.json").together(before, text)
    assert served is not None
    assert batch.input_ids[0].tolist() == served[0].tolist()
    assert batch.own[0].tolist() == served[1].tolist()


def test_large_columns_multiplied_apart_change_nothing_but_the_rounding(tmp_path: Path) -> None:
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper, save

    from classifiers.train import export

    rng = np.random.default_rng(1)
    name, width = "/layers.0/widen/Gemm", 64
    weight = rng.normal(size=(width, 32)).astype(np.float32)
    bias = rng.normal(size=32).astype(np.float32)
    x = rng.normal(size=(9, width)).astype(np.float32)
    x[:, 7] *= 300
    node = helper.make_node("Gemm", ["x", "w", "b"], ["y"], name=name, transB=1)
    nodes, constants = export._apart(node, np.array([7]), weight)
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [9, width])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [9, 32])],
        [*constants, numpy_helper.from_array(bias, "b")],
    )  # fmt: skip
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "m.onnx"), providers=["CPUExecutionProvider"])
    assert np.allclose(session.run(None, {"x": x})[0], x @ weight + bias, atol=1e-2)


def test_slips_keep_the_words_in_order_and_most_of_them_whole() -> None:
    import random

    from classifiers.train.noise import mistyped, slip

    text = "i really cannot remember where the keys were yesterday evening"
    for seed in range(40):
        rng = random.Random(seed)  # noqa: S311  (no secret)
        made = mistyped(text, rng).split()
        assert len(made) == len(text.split())
        assert sum(a == b for a, b in zip(made, text.split(), strict=True)) >= len(made) // 2
        assert slip("cat", rng) == "cat"
        assert slip("yesterday", rng) != "yesterday"
