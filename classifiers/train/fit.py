"""Fine-tunes the text reader in two stages and saves a checkpoint after every epoch.

Stage 1 learns emotions alone (GoEmotions). Stage 2 adds risk, domains and intent from the authored corpora while half
of every step goes on with emotions, so that nothing learned is lost. Optimiser: AdamW, linear decay, bf16 autocast.
"""

import argparse
import json
import logging
import random
import time
from collections.abc import Iterable, Iterator
from itertools import cycle
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from classifiers.labels import DOMAINS, EMOTIONS, TIERS
from classifiers.train import data
from classifiers.train.base import base_folder
from classifiers.train.model import Logits, TextReader

log = logging.getLogger("handhold.train")
MAX_TOKENS = 256
STEP_LOG = 200


def tokenizer() -> Tokenizer:
    """The base tokenizer, truncating at 256 tokens and padding each batch to its longest."""
    made: Tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    made.enable_truncation(MAX_TOKENS)
    made.enable_padding()
    return made


def batches(examples: list[data.Example], size: int, rng: random.Random) -> Iterator[list[data.Example]]:
    """Batches of alike lengths, in random order."""
    keyed = sorted(examples, key=lambda e: (len(e.text) // 8, rng.random()))
    groups = [keyed[i : i + size] for i in range(0, len(keyed), size)]
    rng.shuffle(groups)
    yield from groups


def loss_of(out: Logits, batch: list[data.Example]) -> Tensor:
    """Sum of the losses of the heads for which the batch has labels."""
    total = out.emotion.new_zeros(())
    bce = functional.binary_cross_entropy_with_logits
    rows = [i for i, e in enumerate(batch) if e.emotions is not None]
    if rows:
        total = total + bce(out.emotion[rows], multi_hot([batch[i].emotions for i in rows], len(EMOTIONS)))
    rows = [i for i, e in enumerate(batch) if e.tier is not None]
    if rows:
        steps = torch.tensor([[float((batch[i].tier or 0) > k) for k in range(len(TIERS) - 1)] for i in rows])
        total = total + bce(out.tier[rows], steps)
        total = total + bce(out.domain[rows], multi_hot([batch[i].domains for i in rows], len(DOMAINS)))
    rows = [i for i, e in enumerate(batch) if e.intent is not None]
    if rows:
        total = total + 0.5 * functional.cross_entropy(
            out.intent[rows], torch.tensor([batch[i].intent for i in rows]), label_smoothing=0.05
        )
    return total


def multi_hot(labels: Iterable[tuple[int, ...] | None], width: int) -> Tensor:
    """Shape (rows, width) of zeros and ones."""
    rows = [tuple(row or ()) for row in labels]
    return torch.tensor([[float(i in row) for i in range(width)] for row in rows])


class Trainer:
    """One stage: the model, its optimiser and a linear schedule over ``steps``."""

    def __init__(self, model: TextReader, lr: float, head_lr: float, steps: int) -> None:
        model.freeze_embeddings()
        heads = [p for n, p in model.named_parameters() if not n.startswith("encoder")]
        body = [p for p in model.encoder.parameters() if p.requires_grad]
        self.model = model
        self.optimiser = torch.optim.AdamW(
            [{"params": body, "lr": lr}, {"params": heads, "lr": head_lr}], weight_decay=0.01
        )
        warm = max(1, steps // 20)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser, lambda n: min((n + 1) / warm, max(0.0, (steps - n) / max(1, steps - warm)))
        )
        self.tokenizer = tokenizer()
        self.seen = 0

    def step(self, batch: list[data.Example]) -> float:
        """One optimiser step; returns the loss."""
        self.model.train()
        encoded = self.tokenizer.encode_batch([e.text for e in batch])
        ids = torch.tensor([e.ids for e in encoded])
        mask = torch.tensor([e.attention_mask for e in encoded])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out = self.model(ids, mask)
        loss = loss_of(Logits(out.emotion.float(), out.tier.float(), out.domain.float(), out.intent.float()), batch)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.seen += 1
        if self.seen % STEP_LOG == 0:
            log.info("step %d loss %.4f", self.seen, loss.item())
        return loss.item()


def stage_one(args: argparse.Namespace, rng: random.Random) -> TextReader:
    """Emotions alone."""
    train = data.goemotions(args.data / "goemotions", "train")
    model = TextReader.from_base()
    trainer = Trainer(model, lr=1e-4, head_lr=1e-3, steps=args.epochs * (len(train) // args.batch + 1))
    for epoch in range(args.epochs):
        start = time.monotonic()
        losses = [trainer.step(batch) for batch in batches(train, args.batch, rng)]
        save(model, args.work / "stage1.pt", epoch, losses, time.monotonic() - start)
    return model


def stage_two(args: argparse.Namespace, rng: random.Random, model: TextReader) -> TextReader:
    """All heads: every step of authored messages is followed by a step of emotions."""
    emotion = data.goemotions(args.data / "goemotions", "train")
    mixed = data.authored("train") + data.ordinary(emotion, 1200, args.seed)
    mixed += data.off_topic(args.data / "clinc150", 250, args.seed)
    per_epoch = len(mixed) // args.batch + 1
    trainer = Trainer(model, lr=6e-5, head_lr=1e-3, steps=2 * args.joint_epochs * per_epoch)
    replay = cycle(batches(emotion, args.batch, rng))
    for epoch in range(args.joint_epochs):
        start = time.monotonic()
        losses = []
        for batch in batches(mixed, args.batch, rng):
            losses.append(trainer.step(batch))
            trainer.step(next(replay))
        save(model, args.work / "stage2.pt", epoch, losses, time.monotonic() - start)
    return model


def save(model: TextReader, path: Path, epoch: int, losses: list[float], seconds: float) -> None:
    """Checkpoint and one JSON line of progress."""
    torch.save(model.state_dict(), path)
    mean = sum(losses) / max(1, len(losses))
    log.info(json.dumps({"stage": path.stem, "epoch": epoch, "loss": round(mean, 4), "seconds": round(seconds)}))


def main() -> None:
    """``python -m classifiers.train.fit --data ../shared/data --work FOLDER``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds goemotions/ and clinc150/")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, outside the tree")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--joint-epochs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--stage", choices=["both", "one", "two"], default="both")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    args.work.mkdir(parents=True, exist_ok=True)
    rng = random.Random(args.seed)
    model = TextReader.from_checkpoint(args.work / "stage1.pt") if args.stage == "two" else stage_one(args, rng)
    if args.stage != "one":
        stage_two(args, rng, model)


if __name__ == "__main__":
    main()
