"""What every recipe shares: windows and batches, the optimiser, checkpoints that an interrupted run goes on from."""

import argparse
import json
import logging
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from classifiers.train.base import base_folder
from classifiers.train.data import Example
from classifiers.train.model import SHARED, Reader
from classifiers.windows import LONGEST, TOGETHER, WINDOW, pieces, together

log = logging.getLogger("handhold.train")


def options(
    description: str | None, epochs: int, seed: int, *, teacher: bool = False, start: bool = False
) -> argparse.Namespace:
    """The command line of a recipe; sets the seed, one thread, and the log."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds goemotions/ and clinc150/")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, outside the tree")
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--lr", type=float, default=1.5e-4)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--threads", type=int, default=1, help="sums are rounded otherwise with more, nothing else")
    if teacher:
        parser.add_argument("--teacher", type=Path, help="weights of a first run to learn from")
    if start:
        parser.add_argument("--start", type=Path, help="weights of a fitted branch to go on from instead of the base")
        parser.add_argument("--share", type=float, default=1.0, help="share of the messages to fit on, drawn anew")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.manual_seed(given.seed)
    torch.set_num_threads(given.threads)
    return given


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages as windows of token ids: ``of`` names the message each window belongs to, shape (windows,)."""

    examples: list[Example]
    input_ids: Tensor
    attention_mask: Tensor
    own: Tensor
    of: Tensor

    def strongest(self, logits: Tensor) -> Tensor:
        """The highest output of any window of each message, (messages, labels)."""
        if len(self.of) == len(self.examples):
            return logits
        start = torch.full((len(self.examples), logits.shape[1]), float("-inf"), dtype=logits.dtype)
        return start.scatter_reduce(0, self.of.unsqueeze(1).expand_as(logits), logits, "amax")


def tokenizer() -> Tokenizer:
    """The base tokenizer, neither truncating nor padding."""
    made: Tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    made.no_truncation()
    made.no_padding()
    return made


def encoded(tok: Tokenizer, examples: list[Example], most: int = 8) -> Batch:
    """The windows of messages, padded to the longest."""
    rows, own, of = list[list[int]](), list[list[int]](), list[int]()
    for n, example in enumerate(examples):
        ids: list[int] = tok.encode(example.text).ids
        if example.before:
            earlier = [t.ids for t in tok.encode_batch(list(example.before), add_special_tokens=False)]
            row, mine = together(earlier, ids[1:-1][-LONGEST:], ids[0], ids[-1])
            rows.append(row)
            own.append(mine)
            of.append(n)
            continue
        for piece in pieces(ids[1:-1])[:most]:
            rows.append([ids[0], *piece, ids[-1]])
            own.append([1] * len(rows[-1]))
            of.append(n)
    width = max(map(len, rows))

    def padded(values: list[list[int]]) -> Tensor:
        return torch.tensor([v + [0] * (width - len(v)) for v in values])

    return Batch(examples, padded(rows), padded([[1] * len(r) for r in rows]), padded(own), torch.tensor(of))


def batches(examples: list[Example], size: int, rng: random.Random) -> Iterator[list[Example]]:
    """Batches of alike lengths, in random order; those of long messages hold fewer."""
    keyed = sorted(examples, key=lambda e: (min(_length(e), 6 * WINDOW) // 8, rng.random()))
    groups, at = [], 0
    while at < len(keyed):
        count = size if _length(keyed[at]) < 4 * WINDOW else size // 4
        groups.append(keyed[at : at + count])
        at += count
    rng.shuffle(groups)
    yield from groups


def _length(example: Example) -> int:
    """Characters that are read, about."""
    if not example.before:
        return len(example.text)
    return min(4 * TOGETHER - 8, len(example.text) + sum(map(len, example.before)))


def multi_hot(labels: Iterable[tuple[int, ...] | None], width: int) -> Tensor:
    """Shape (rows, width) of zeros and ones."""
    rows = [tuple(row or ()) for row in labels]
    return torch.tensor([[float(i in row) for i in range(width)] for row in rows])


class Optimiser:
    """AdamW with a warm-up of 5 % and linear decay; what lies nearer the input moves less (Howard and Ruder 2018)."""

    def __init__(self, model: Reader, steps: int, lr: float, decay: float = 0.85) -> None:
        layers = model.encoder.encoder.layer[SHARED:]
        groups = [
            {"params": list(layer.parameters()), "lr": lr * decay**n} for n, layer in enumerate(reversed(list(layers)))
        ]
        groups.append({"params": list(model.heads.parameters()), "lr": 1e-3})
        self._parameters = [p for g in groups for p in g["params"]]
        self.adam = torch.optim.AdamW(groups, weight_decay=0.01)
        warm = max(1, steps // 20)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.adam, lambda n: min((n + 1) / warm, max(0.02, (steps - n) / max(1, steps - warm)))
        )

    def step(self, loss: Tensor) -> float:
        """One step; returns the loss."""
        self.adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self.adam.step()
        self.schedule.step()
        return loss.item()


class Averaged:
    """Mean of the weights along the way (stochastic weight averaging, Izmailov et al. 2018)."""

    def __init__(self) -> None:
        self.count = 0
        self.weights: dict[str, Tensor] = {}

    def add(self, model: nn.Module) -> None:
        """Take in the weights as they are now."""
        self.count += 1
        for name, now in model.state_dict().items():
            if name not in self.weights or not now.is_floating_point():
                self.weights[name] = now.detach().clone()
            else:
                self.weights[name] += (now - self.weights[name]) / self.count


class Run:
    """Where a run keeps its state, so that an interrupted one goes on after its last whole epoch."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.result = folder / f"{name}.pt"
        self._state = folder / f"{name}.state.pt"
        self._name = name
        self._begun = time.monotonic()

    def resume(self, model: nn.Module, optimiser: Optimiser, averaged: Averaged) -> int:
        """Load what was saved; returns the epoch to go on with."""
        if not self._state.exists():
            return 0
        state: dict[str, Any] = torch.load(self._state, weights_only=False)
        model.load_state_dict(state["model"])
        optimiser.adam.load_state_dict(state["adam"])
        optimiser.schedule.load_state_dict(state["schedule"])
        averaged.count, averaged.weights = state["count"], state["weights"]
        return int(state["epoch"]) + 1

    def save(self, epoch: int, model: nn.Module, optimiser: Optimiser, averaged: Averaged) -> None:
        """Keep the state after an epoch."""
        part = self._state.with_suffix(".part")
        torch.save(
            {
                "epoch": epoch,
                "model": model.state_dict(),
                "adam": optimiser.adam.state_dict(),
                "schedule": optimiser.schedule.state_dict(),
                "count": averaged.count,
                "weights": averaged.weights,
            },
            part,
        )
        part.replace(self._state)

    def finish(self, weights: dict[str, Tensor]) -> None:
        """Write the weights that are exported."""
        torch.save(weights, self.result)

    def say(self, **figures: float) -> None:
        """One JSON line of progress."""
        seconds = round(time.monotonic() - self._begun)
        log.info(json.dumps({"run": self._name, "seconds": seconds, **figures}))
