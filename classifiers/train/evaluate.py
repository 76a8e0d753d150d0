"""Prints the figures of the shipped text reader on the official test split, with intervals. Needs no torch.

``handhold train text --evaluate --data ../shared/data [--fp32 FILE]``
"""

from pathlib import Path

import numpy as np

from classifiers.labels import EKMAN, EMOTIONS, INTENTS, SENTIMENT, TIERS
from classifiers.text import WEIGHTS, Scores, TextReader
from classifiers.train import data
from classifiers.train.metrics import (
    Array,
    bootstrap_macro_f1,
    calibration_error,
    f1,
    macro_f1,
    micro_f1,
    wilson,
)


def scores_of(reader: TextReader, texts: list[str]) -> Scores:
    """Calibrated scores for many texts (first window of each; GoEmotions comments are short), one pass each."""
    parts = [reader.scores([text]) for text in texts]
    return Scores(
        *(np.concatenate([getattr(p, n) for p in parts]) for n in ("emotion", "at_least", "domain", "intent"))
    )


def grouped(matrix: Array, groups: dict[str, tuple[str, ...]]) -> Array:
    """Columns of the groups: any of its labels."""
    columns = [[EMOTIONS.index(name) for name in names] for names in groups.values()]  # type: ignore[arg-type]
    return np.stack([np.asarray(matrix)[:, c].max(1) for c in columns], 1)


def emotions(folder: Path, model: str, weights: Path) -> None:
    """GoEmotions, official test split; thresholds from dev."""
    test = data.goemotions(folder / "goemotions", "test")
    gold = np.array(data.emotion_matrix(test))
    reader = TextReader(weights, model=model)
    p = scores_of(reader, [e.text for e in test]).emotion
    pred = (p >= reader.thresholds).astype(int)
    low, high = bootstrap_macro_f1(pred, gold)
    print(f"\n{model}: GoEmotions test, {len(test)} comments, 28 labels, per-label thresholds from dev")
    print(f"  macro-F1 {macro_f1(pred, gold):.4f} (95 % {low:.4f}-{high:.4f})   micro-F1 {micro_f1(pred, gold):.4f}")
    for name, groups in (("Ekman-7", EKMAN), ("4 groups", SENTIMENT)):
        gp, gg = grouped(pred, groups), grouped(gold, groups)  # type: ignore[arg-type]
        low, high = bootstrap_macro_f1(gp, gg)
        print(f"  {name}: macro-F1 {macro_f1(gp, gg):.4f} (95 % {low:.4f}-{high:.4f})")
    print(
        f"  expected calibration error, mean over labels: "
        f"{np.mean([calibration_error(p[:, k], gold[:, k]) for k in range(len(EMOTIONS))]):.4f}"
    )
    print("  label            F1     precision recall  n     ECE")
    for k, name in enumerate(EMOTIONS):
        hits = int((pred[:, k] & gold[:, k]).sum())
        precision, recall = hits / max(1, pred[:, k].sum()), hits / max(1, gold[:, k].sum())
        error = calibration_error(p[:, k], gold[:, k])
        print(
            f"  {name:15s} {f1(pred[:, k], gold[:, k]):.3f}  {precision:.3f}     {recall:.3f}   "
            f"{gold[:, k].sum():<5d} {error:.3f}"
        )


def risk(at_least: tuple[float, ...], weights: Path, split: data.Split = "test") -> None:
    """The authored corpora, the split by hash of the text; the reader alone, without lexicon and history."""
    items = data.authored(split)
    reader = TextReader(weights)
    readings = reader.read_all([e.text for e in items])
    tier = np.array([e.tier for e in items])
    reached = np.array(
        [max([k + 1 for k, q in enumerate(r.at_least) if q >= at_least[k]], default=0) for r in readings]
    )
    print(f"\nRisk head alone, authored {split} split, {len(items)} messages, policy thresholds {at_least}")
    print("  written as   n     read as none/low/moderate/high/imminent     read as moderate or worse")
    for k, name in enumerate(TIERS):
        mine = tier == k
        spread = [int((reached[mine] == j).sum()) for j in range(len(TIERS))]
        over = int((reached[mine] >= 2).sum())
        low, high = wilson(over, int(mine.sum()))
        print(
            f"  {name:10s} {mine.sum():4d}     {spread!s:40s} "
            f"{over / max(1, mine.sum()):.3f} (95 % {low:.3f}-{high:.3f})"
        )
    named = [(e, r) for e, r in zip(items, readings, strict=True) if e.intent is not None]
    right = sum(INTENTS[e.intent or 0] == r.intent.label for e, r in named)
    low, high = wilson(right, len(named))
    print(
        f"  intent accuracy over {len(INTENTS)} classes: {right / max(1, len(named)):.3f} "
        f"(95 % {low:.3f}-{high:.3f}), n={len(named)}"
    )


def sweep(weights: Path) -> None:
    """What the policy's thresholds were chosen from: dev only."""
    items = data.authored("dev")
    readings = TextReader(weights).read_all([e.text for e in items])
    tier = np.array([e.tier for e in items])
    p = np.array([r.at_least for r in readings])
    print(f"authored dev split, {len(items)} messages")
    for k, name in enumerate(TIERS[1:]):
        print(f"  at least {name}: threshold -> found / false")
        for t in np.arange(0.1, 0.85, 0.1):
            hit, false = (p[tier > k, k] >= t).mean(), (p[tier <= k, k] >= t).mean()
            calm = (p[tier == 0, k] >= t).mean()
            print(f"    {t:.1f} -> {hit:.3f} / {false:.3f}   (of none: {calm:.3f})")


def run(folder: Path, fp32: Path | None, at_least: tuple[float, ...], weights: Path = WEIGHTS) -> None:
    """All figures."""
    emotions(folder, "reader.int8.onnx", weights)
    if fp32 is not None:
        emotions(folder, str(fp32.resolve()), weights)
    risk(at_least, weights)
