"""Fits the text reader in two stages and saves a checkpoint after every epoch.

Stage 1 fits the encoder on emotions (GoEmotions). Stage 2 forks its upper layers and fits the fork on risk, domains and
intent from the authored corpora, while the first branch is held to what it said after stage 1. The epoch that ranks
risk best on dev is kept. AdamW, linear decay, bf16.
"""

import argparse
import json
import logging
import random
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from classifiers.labels import DOMAINS, EMOTIONS, TIERS
from classifiers.train import data
from classifiers.train.base import base_folder
from classifiers.train.metrics import auc
from classifiers.train.model import Meaning, TextReader

log = logging.getLogger("handhold.train")
MAX_TOKENS = 256
STEP_LOG = 200


def tokenizer() -> Tokenizer:
    """The base tokenizer, truncating at 256 tokens and padding each batch to its longest."""
    made: Tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    made.enable_truncation(MAX_TOKENS)
    made.enable_padding()
    return made


def encoded(tok: Tokenizer, batch: list[data.Example]) -> tuple[Tensor, Tensor]:
    """Token ids and mask of shape (batch, tokens)."""
    rows = tok.encode_batch([e.text for e in batch])
    return torch.tensor([e.ids for e in rows]), torch.tensor([e.attention_mask for e in rows])


def batches(examples: list[data.Example], size: int, rng: random.Random) -> Iterator[list[data.Example]]:
    """Batches of alike lengths, in random order."""
    keyed = sorted(examples, key=lambda e: (len(e.text) // 8, rng.random()))
    groups = [keyed[i : i + size] for i in range(0, len(keyed), size)]
    rng.shuffle(groups)
    yield from groups


def multi_hot(labels: Iterable[tuple[int, ...] | None], width: int) -> Tensor:
    """Shape (rows, width) of zeros and ones."""
    rows = [tuple(row or ()) for row in labels]
    return torch.tensor([[float(i in row) for i in range(width)] for row in rows])


def emotion_loss(logits: Tensor, batch: list[data.Example]) -> Tensor:
    """Binary cross-entropy over the 28 labels."""
    return functional.binary_cross_entropy_with_logits(logits, multi_hot([e.emotions for e in batch], len(EMOTIONS)))


def meaning_loss(out: Meaning, batch: list[data.Example]) -> Tensor:
    """Ordinal tier, domains, and intent where it is labelled."""
    bce = functional.binary_cross_entropy_with_logits
    steps = torch.tensor([[float((e.tier or 0) > k) for k in range(len(TIERS) - 1)] for e in batch])
    total = bce(out.tier, steps) + bce(out.domain, multi_hot([e.domains for e in batch], len(DOMAINS)))
    rows = [i for i, e in enumerate(batch) if e.intent is not None]
    if rows:
        wanted = torch.tensor([batch[i].intent for i in rows])
        total = total + 0.3 * functional.cross_entropy(out.intent[rows], wanted, label_smoothing=0.05)
    return total


class Optimiser:
    """AdamW with a warm-up of 5 % and linear decay."""

    def __init__(self, groups: list[dict[str, object]], steps: int) -> None:
        self._parameters = [p for g in groups for p in g["params"]]  # type: ignore[attr-defined]
        self._adam = torch.optim.AdamW(groups, weight_decay=0.01)
        warm = max(1, steps // 20)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._adam, lambda n: min((n + 1) / warm, max(0.0, (steps - n) / max(1, steps - warm)))
        )
        self._seen = 0

    def step(self, loss: Tensor) -> float:
        """One step; returns the loss."""
        self._adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._adam.step()
        self._schedule.step()
        self._seen += 1
        if self._seen % STEP_LOG == 0:
            log.info("step %d loss %.4f", self._seen, loss.item())
        return loss.item()


def stage_one(args: argparse.Namespace, rng: random.Random) -> None:
    """Emotions: all layers but the word vectors."""
    train, tok = data.goemotions(args.data / "goemotions", "train"), tokenizer()
    model = TextReader.from_base().train()
    model.encoder.embeddings.requires_grad_(False)
    body = [p for p in model.encoder.parameters() if p.requires_grad]
    groups = [{"params": body, "lr": 1e-4}, {"params": list(model.emotion.parameters()), "lr": 1e-3}]
    optimiser = Optimiser(groups, steps=args.epochs * (len(train) // args.batch + 1))
    for epoch in range(args.epochs):
        start, losses = time.monotonic(), []
        for batch in batches(train, args.batch, rng):
            ids, mask = encoded(tok, batch)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model.feelings(model.trunk(ids, mask), mask)
            losses.append(optimiser.step(emotion_loss(logits.float(), batch)))
        torch.save(model.state_dict(), args.work / "stage1.pt")
        report("stage1", epoch, losses, start)


def taught(model: TextReader, comments: list[data.Example], size: int) -> list[tuple[list[data.Example], Tensor]]:
    """What the fitted emotion reader says of comments, in batches: its own words are its lesson in stage 2."""
    tok, lessons = tokenizer(), []
    with torch.inference_mode():
        for batch in batches(comments, size, random.Random(0)):
            ids, mask = encoded(tok, batch)
            lessons.append((batch, torch.sigmoid(model.feelings(model.trunk(ids, mask), mask))))
    return [(batch, target.clone()) for batch, target in lessons]


def stage_two(args: argparse.Namespace, rng: random.Random) -> None:
    """Risk, domains and intent on the fork; distillation in every other step keeps emotions (Li and Hoiem 2016)."""
    model = TextReader.from_checkpoint(args.work / "stage1.pt", fork=True).eval()
    comments = data.goemotions(args.data / "goemotions", "train")
    train = data.authored("train") + data.ordinary(comments, 1000, args.seed)
    train += data.off_topic(args.data / "clinc150", 250, args.seed)
    dev, tok = data.authored("dev"), tokenizer()
    lessons = taught(model, rng.sample(comments, 12_800), args.batch)
    model.encoder.embeddings.requires_grad_(False)
    heads = [p for head in (model.tier, model.domain, model.intent) for p in head.parameters()]
    kept = {id(p) for p in heads}
    body = [p for p in model.parameters() if p.requires_grad and id(p) not in kept]
    groups = [{"params": body, "lr": args.fork_lr}, {"params": heads, "lr": 1e-3}]
    optimiser = Optimiser(groups, steps=2 * args.fork_epochs * (len(train) // args.batch + 1))
    best, lesson = 0.0, 0
    for epoch in range(args.fork_epochs):
        start, losses = time.monotonic(), []
        model.train()
        for batch in batches(train, args.batch, rng):
            ids, mask = encoded(tok, batch)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                out = model.meaning(model.trunk(ids, mask), mask)
            out = Meaning(out.tier.float(), out.domain.float(), out.intent.float())
            losses.append(optimiser.step(meaning_loss(out, batch)))
            known, target = lessons[lesson % len(lessons)]
            lesson += 1
            ids, mask = encoded(tok, known)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model.feelings(model.trunk(ids, mask), mask)
            optimiser.step(2 * functional.binary_cross_entropy_with_logits(logits.float(), target))
        ranking = ranks(model.eval(), dev, tok)
        report("stage2", epoch, losses, start, dev=round(ranking, 4))
        if ranking > best:
            best = ranking
            torch.save(model.state_dict(), args.work / "stage2.pt")


def ranks(model: TextReader, dev: list[data.Example], tok: Tokenizer) -> float:
    """How well the tier steps rank messages on dev: mean area under the ROC curve over the four steps."""
    rows: list[tuple[Tensor, int]] = []
    with torch.inference_mode():
        for batch in batches(dev, 32, random.Random(0)):
            ids, mask = encoded(tok, batch)
            tier = model.meaning(model.trunk(ids, mask), mask).tier
            rows += [(tier[i], e.tier or 0) for i, e in enumerate(batch)]
    scores, tiers = torch.stack([t for t, _ in rows]).numpy(), np.array([t for _, t in rows])
    return float(np.mean([auc(scores[:, k], tiers > k) for k in range(len(TIERS) - 1)]))


def report(stage: str, epoch: int, losses: list[float], start: float, **more: float) -> None:
    """One JSON line of progress."""
    mean = round(sum(losses) / max(1, len(losses)), 4)
    log.info(
        json.dumps({"stage": stage, "epoch": epoch, "loss": mean, "seconds": round(time.monotonic() - start), **more})
    )


def main() -> None:
    """``python -m classifiers.train.fit --data ../shared/data --work FOLDER``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds goemotions/ and clinc150/")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, outside the tree")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--fork-epochs", type=int, default=6)
    parser.add_argument("--fork-lr", type=float, default=6e-5)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--stage", choices=["both", "one", "two"], default="both")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    args.work.mkdir(parents=True, exist_ok=True)
    rng = random.Random(args.seed)
    if args.stage != "two":
        stage_one(args, rng)
    if args.stage != "one":
        stage_two(args, rng)


if __name__ == "__main__":
    main()
