"""Fits the encoder that reads meaning: risk tier, domains, intent, signs, distortions.

``python -m classifiers.train.meaning --data ../shared/data --work FOLDER``. All layers but the word vectors, AdamW,
layer-wise learning rates, bf16, weights averaged over the last two epochs.
"""

import argparse
import random
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from classifiers.labels import DISTORTIONS, DOMAINS, SIGNS, TIERS
from classifiers.train import data
from classifiers.train.data import Example
from classifiers.train.loop import Averaged, Batch, Optimiser, Run, batches, encoded, multi_hot, options, tokenizer
from classifiers.train.metrics import auc
from classifiers.train.model import HEADS, Reader

AVERAGE_EVERY = 50


def lessons(folder: Path, seed: int) -> list[Example]:
    """Authored messages, the turns of conversations, everyday comments as risk none, requests as out of scope."""
    comments = data.goemotions(folder / "goemotions", "train")
    mine = data.authored("train") + data.turns_of(data.arcs("train"))
    return mine + data.ordinary(comments, 6000, seed) + data.off_topic(folder / "clinc150", 600, seed)


def loss_of(out: dict[str, Tensor], batch: Batch) -> Tensor:
    """Ordinal tier, domains, and intent, signs and distortions where they are labelled."""
    bce, rows = functional.binary_cross_entropy_with_logits, batch.examples
    top = {name: batch.strongest(value.float()) for name, value in out.items()}
    steps = torch.tensor([[float((e.tier or 0) > k) for k in range(len(TIERS) - 1)] for e in rows])
    total = bce(top["tier"], steps) + bce(top["domain"], multi_hot([e.domains for e in rows], len(DOMAINS)))
    intents = [i for i, e in enumerate(rows) if e.intent is not None]
    if intents:
        wanted = torch.tensor([rows[i].intent for i in intents])
        total = total + 0.6 * functional.cross_entropy(top["intent"][intents], wanted, label_smoothing=0.05)
    for head, width in (("sign", len(SIGNS)), ("distortion", len(DISTORTIONS))):
        known = [i for i, e in enumerate(rows) if getattr(e, head + "s") is not None]
        if known:
            gold = multi_hot([getattr(rows[i], head + "s") for i in known], width)
            total = total + 0.5 * bce(top[head][known], gold)
    return total


def outputs(model: Reader, examples: list[Example], tok: Tokenizer) -> dict[str, Tensor]:
    """Outputs for messages in their order, each (messages, labels)."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].text))
    parts: list[dict[str, Tensor]] = []
    with torch.inference_mode():
        for at in range(0, len(order), 32):
            batch = encoded(tok, [examples[i] for i in order[at : at + 32]])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                out = model(batch.input_ids, batch.attention_mask)
            parts.append({name: batch.strongest(value.float()) for name, value in out.items()})
    back = torch.tensor(order).argsort()
    return {name: torch.cat([p[name] for p in parts])[back] for name in parts[0]}


def figures(model: Reader, examples: list[Example], tok: Tokenizer) -> dict[str, float]:
    """How well the tier steps rank dev messages (area under the ROC curve), and intent accuracy."""
    out = outputs(model.eval(), examples, tok)
    tier, z = np.array([e.tier for e in examples]), out["tier"].numpy()
    named = [i for i, e in enumerate(examples) if e.intent is not None]
    right = out["intent"].argmax(1)[named] == torch.tensor([examples[i].intent for i in named])
    model.train()
    ranks = [round(auc(z[:, k], tier > k), 4) for k in range(len(TIERS) - 1)]
    return {
        "moderate": ranks[1],
        "high": ranks[2],
        "imminent": ranks[3],
        "intent": round(float(right.float().mean()), 4),
    }


def fit(args: argparse.Namespace) -> None:
    """Fit, epoch by epoch."""
    model, tok, run = Reader.from_base(HEADS["meaning"]).train(), tokenizer(), Run(args.work, "meaning")
    train, dev = lessons(args.data, args.seed), data.authored("dev") + data.turns_of(data.arcs("dev"))
    per_epoch = sum(1 for _ in batches(train, args.batch, random.Random(0)))
    optimiser, averaged = Optimiser(model, args.epochs * per_epoch, args.lr), Averaged()
    run.say(messages=len(train), dev=len(dev))
    for epoch in range(run.resume(model, optimiser, averaged), args.epochs):
        losses = []
        for n, rows in enumerate(batches(train, args.batch, random.Random(args.seed + epoch))):
            batch = encoded(tok, rows)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                out = model(batch.input_ids, batch.attention_mask)
            losses.append(optimiser.step(loss_of(out, batch)))
            if epoch >= args.epochs - 2 and n % AVERAGE_EVERY == 0:
                averaged.add(model)
        run.save(epoch, model, optimiser, averaged)
        run.say(epoch=epoch, loss=round(float(np.mean(losses)), 4), **(figures(model, dev, tok) if dev else {}))
    model.load_state_dict(averaged.weights)
    run.say(**figures(model, dev, tok) if dev else {})
    run.finish(averaged.weights)


if __name__ == "__main__":
    fit(options(__doc__, epochs=6, seed=11))
