"""Fits the encoder that reads emotions: GoEmotions train, 28 labels.

``python -m classifiers.train.emotion --data ../shared/data --work FOLDER``. Binary cross-entropy with rarer labels
weighted up (Cui et al. 2019), layer-wise learning rates, bf16, weights averaged over the last two epochs. With
``--teacher FILE`` a second run learns half from the labels and half from what the first run makes of them (born-again
networks, Furlanello et al. 2018). What else was tried, and what each part gave: ``cards/emotion_notes.md``.
"""

import argparse
import random
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from classifiers.labels import EMOTIONS
from classifiers.train import data
from classifiers.train.data import Example
from classifiers.train.loop import Averaged, Optimiser, Run, batches, encoded, multi_hot, options, tokenizer
from classifiers.train.model import HEADS, Reader

AVERAGE_EVERY = 100
BETA = 0.999


def label_weights(examples: list[Example]) -> Tensor:
    """Weight of each label's positives by the effective number of its samples, shape (28,)."""
    counts = np.array(data.emotion_matrix(examples)).sum(0)
    weights = (1 - BETA) / (1 - BETA**counts)
    return torch.tensor(weights / weights.mean(), dtype=torch.float32).clamp(0.3, 4)


def taught(teacher: Path, examples: list[Example], tok: Tokenizer) -> dict[str, Tensor]:
    """What a fitted reader makes of each text: probabilities, shape (28,)."""
    model, found = Reader.from_checkpoint(teacher, HEADS["emotion"]).eval(), dict[str, Tensor]()
    with torch.inference_mode():
        for rows in batches(examples, 64, random.Random(0)):
            batch = encoded(tok, rows, most=1)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(batch.input_ids, batch.attention_mask)["emotion"]
            found.update(zip((e.text for e in rows), torch.sigmoid(logits.float()), strict=True))
    return found


def fit(args: argparse.Namespace) -> None:
    """Fit, epoch by epoch."""
    name = "emotion-taught" if args.teacher else "emotion"
    model, tok, run = Reader.from_base(HEADS["emotion"]).train(), tokenizer(), Run(args.work, name)
    train = data.goemotions(args.data / "goemotions", "train")
    soft = taught(args.teacher, train, tok) if args.teacher else {}
    per_epoch = sum(1 for _ in batches(train, args.batch, random.Random(0)))
    optimiser, averaged, weights = Optimiser(model, args.epochs * per_epoch, args.lr), Averaged(), label_weights(train)
    for epoch in range(run.resume(model, optimiser, averaged), args.epochs):
        losses = []
        for n, rows in enumerate(batches(train, args.batch, random.Random(args.seed + epoch))):
            batch = encoded(tok, rows, most=1)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(batch.input_ids, batch.attention_mask)["emotion"]
            gold = multi_hot([e.emotions for e in rows], len(EMOTIONS))
            if soft:
                gold = (gold + torch.stack([soft[e.text] for e in rows])) / 2
            weight = 1 + (weights - 1) * gold
            losses.append(
                optimiser.step(functional.binary_cross_entropy_with_logits(logits.float(), gold, weight=weight))
            )
            if epoch >= args.epochs - 2 and n % AVERAGE_EVERY == AVERAGE_EVERY - 1:
                averaged.add(model)
        run.save(epoch, model, optimiser, averaged)
        run.say(epoch=epoch, loss=round(float(np.mean(losses)), 4))
    run.finish(averaged.weights)


if __name__ == "__main__":
    fit(options(__doc__, epochs=4, seed=2, teacher=True))
