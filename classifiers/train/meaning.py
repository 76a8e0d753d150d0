"""Fits the encoder that reads meaning: risk tier, domains, intent, signs, distortions, and what stands in context.

``python -m classifiers.train.meaning --data ../shared/data --work FOLDER``. Layers above the shared ones, AdamW,
layer-wise learning rates, bf16, slips of the thumb in some messages, grave danger weighted double, weights averaged
over the last two epochs. With ``--start`` a fitted branch goes on with what was written since, for fewer epochs.
"""

import argparse
import random
from collections.abc import Sequence
from dataclasses import replace
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
from classifiers.train.noise import mistyped

AVERAGE_EVERY = 50
#: Share of messages that are read with slips, drawn anew in every epoch.
SLIPS = 0.15
GRAVE = TIERS.index("high")


def lessons(folder: Path, seed: int) -> list[Example]:
    """Authored messages, the turns of conversations, everyday comments as risk none, requests as out of scope.

    The turns of conversations come twice: alone, and in the light of what was said before them.
    """
    comments = data.goemotions(folder / "goemotions", "train")
    messages, conversations = data.authored("train"), data.arcs("train")
    mine = messages + data.foreign("train") + data.turns_of(conversations) + data.in_light(conversations)
    mine += data.moved(messages, conversations, 6500, seed)
    return mine + data.ordinary(comments, 20_000, seed) + data.off_topic(folder / "clinc150", 600, seed)


def slipped(rows: list[Example], rng: random.Random) -> list[Example]:
    """A part of them mistyped."""
    return [replace(e, text=mistyped(e.text, rng)) if rng.random() < SLIPS else e for e in rows]


def steps(tiers: Sequence[int | None]) -> Tensor:
    """The steps above none that each tier reaches, shape (rows, 4)."""
    return torch.tensor([[float((tier or 0) > k) for k in range(len(TIERS) - 1)] for tier in tiers])


def weights(tiers: Sequence[int | None]) -> Tensor:
    """Missing grave danger costs double, shape (rows, 1)."""
    return torch.tensor([[2.0 if (tier or 0) >= GRAVE else 1.0] for tier in tiers])


def loss_of(out: dict[str, Tensor], batch: Batch) -> Tensor:
    """What stands for all; tier and domains of messages alone; intent, signs, distortions where they are labelled."""
    bce, rows = functional.binary_cross_entropy_with_logits, batch.examples
    top = {name: batch.strongest(value.float()) for name, value in out.items()}
    held = [e.tier if e.stands is None else e.stands for e in rows]
    total = bce(top["stands"], steps(held), weight=weights(held))
    alone = [i for i, e in enumerate(rows) if not e.before]
    if alone:
        share = len(alone) / len(rows)
        wanted = multi_hot([rows[i].domains for i in alone], len(DOMAINS))
        tiers = [rows[i].tier for i in alone]
        total = total + share * bce(top["tier"][alone], steps(tiers), weight=weights(tiers))
        total = total + share * bce(top["domain"][alone], wanted)
    intents = [i for i, e in enumerate(rows) if e.intent is not None]
    if intents:
        wanted = torch.tensor([rows[i].intent for i in intents])
        total = total + 0.8 * functional.cross_entropy(top["intent"][intents], wanted, label_smoothing=0.05)
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
                out = model(batch.input_ids, batch.attention_mask, batch.own)
            parts.append({name: batch.strongest(value.float()) for name, value in out.items()})
    back = torch.tensor(order).argsort()
    return {name: torch.cat([p[name] for p in parts])[back] for name in parts[0]}


def figures(model: Reader, examples: list[Example], tok: Tokenizer) -> dict[str, float]:
    """How well the tier steps rank dev messages (area under the ROC curve), alone and in context; intent accuracy."""
    out = outputs(model.eval(), examples, tok)
    lit = [i for i, e in enumerate(examples) if e.before]
    stands, s = np.array([examples[i].stands for i in lit]), out["stands"].numpy()[lit]
    alone = [i for i, e in enumerate(examples) if not e.before]
    tier, z = np.array([examples[i].tier for i in alone]), out["tier"].numpy()[alone]
    named = [i for i, e in enumerate(examples) if e.intent is not None]
    right = out["intent"].argmax(1)[named] == torch.tensor([examples[i].intent for i in named])
    model.train()
    ranks = [round(auc(z[:, k], tier > k), 4) for k in range(len(TIERS) - 1)]
    return {
        "moderate": ranks[1],
        "high": ranks[2],
        "imminent": ranks[3],
        "stands": round(auc(s[:, 1], stands > 1), 4),
        "intent": round(float(right.float().mean()), 4),
    }


def fit(args: argparse.Namespace) -> None:
    """Fit, epoch by epoch."""
    tok, run = tokenizer(), Run(args.work, "meaning")
    begun = Reader.from_checkpoint(args.start, HEADS["meaning"]) if args.start else Reader.from_base(HEADS["meaning"])
    model = begun.train()
    train, arcs = lessons(args.data, args.seed), data.arcs("dev")
    train = random.Random(args.seed).sample(train, round(args.share * len(train)))
    dev = data.authored("dev") + data.turns_of(arcs) + data.in_light(arcs)
    per_epoch = sum(1 for _ in batches(train, args.batch, random.Random(0)))
    optimiser, averaged = Optimiser(model, args.epochs * per_epoch, args.lr), Averaged()
    run.say(messages=len(train), dev=len(dev))
    for epoch in range(run.resume(model, optimiser, averaged), args.epochs):
        losses, rng = [], random.Random(args.seed + epoch)
        for n, rows in enumerate(batches(train, args.batch, rng)):
            batch = encoded(tok, slipped(rows, rng))
            with torch.autocast("cpu", dtype=torch.bfloat16):
                out = model(batch.input_ids, batch.attention_mask, batch.own)
            losses.append(optimiser.step(loss_of(out, batch)))
            if epoch >= args.epochs - 2 and n % AVERAGE_EVERY == 0:
                averaged.add(model)
        run.save(epoch, model, optimiser, averaged)
        run.say(epoch=epoch, loss=round(float(np.mean(losses)), 4), **(figures(model, dev, tok) if dev else {}))
    model.load_state_dict(averaged.weights)
    run.say(**figures(model, dev, tok) if dev else {})
    run.finish(averaged.weights)


if __name__ == "__main__":
    fit(options(__doc__, epochs=4, seed=11, start=True))
