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


def test_the_shipped_network_says_what_both_readers_say() -> None:
    from classifiers.train.model import HEADS, Forked

    emotion, meaning = readers()
    ids = torch.tensor([[101, 2026, 3899, 2003, 102]])
    mask = torch.ones_like(ids)
    with torch.inference_mode():
        both = Forked(emotion, meaning)(ids, mask)
        apart = [*emotion(ids, mask).values(), *meaning(ids, mask).values()]
    assert len(both) == sum(len(h) for h in HEADS.values())
    for one, two in zip(both, apart, strict=True):
        assert torch.allclose(one, two, atol=1e-4)


def test_readers_that_do_not_share_their_lower_layers_are_refused() -> None:
    from classifiers.train.model import Forked

    emotion, meaning = readers()
    with torch.no_grad():
        next(meaning.encoder.embeddings.parameters()).add_(1)
    with pytest.raises(ValueError, match="do not share"):
        Forked(emotion, meaning)


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
