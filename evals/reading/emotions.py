"""GoEmotions, official splits: 28 labels, Ekman-7, four groups, calibration. Thresholds come from dev."""

from pathlib import Path

import numpy as np

from classifiers.labels import EKMAN, EMOTIONS, SENTIMENT
from classifiers.text import TextReader
from classifiers.train import data
from classifiers.train.metrics import Array, bootstrap_macro_f1, calibration_error, f1, macro_f1, micro_f1
from evals.reading.figures import Bar, Figure

MACRO_F1 = Bar("at least", 0.55)
ECE = Bar("at most", 0.03)


def grouped(matrix: Array, groups: dict[str, tuple[str, ...]]) -> Array:
    """Columns of the groups: any of its labels."""
    columns = [[EMOTIONS.index(name) for name in names] for names in groups.values()]
    return np.stack([np.asarray(matrix)[:, c].max(1) for c in columns], 1)


def measure(reader: TextReader, folder: Path, split: data.Split) -> tuple[list[Figure], str]:
    """The figures, and a table by label."""
    comments = data.goemotions(folder / "goemotions", split)
    gold = np.array(data.emotion_matrix(comments))
    c = reader.calibration
    p = np.stack([c.probability("emotion", reader.outputs.of(e.text)["emotion"]) for e in comments])
    pred = (p >= c.threshold["emotion"]).astype(int)
    where = f"GoEmotions {split}, {len(comments)} comments"
    figures = [
        Figure("emotion macro-F1, 28 labels", macro_f1(pred, gold), bootstrap_macro_f1(pred, gold), MACRO_F1, where),
        Figure("emotion micro-F1, 28 labels", micro_f1(pred, gold), note=where),
        Figure("emotion label accuracy", float((pred == gold).mean()), note="cells of comments by labels"),
        Figure("emotion exact match", float((pred == gold).all(1).mean()), note=where),
    ]
    for name, groups in (("Ekman-7", EKMAN), ("4 groups", SENTIMENT)):
        gp, gg = grouped(pred, groups), grouped(gold, groups)  # type: ignore[arg-type]
        figures.append(Figure(f"emotion macro-F1, {name}", macro_f1(gp, gg), bootstrap_macro_f1(gp, gg), note=where))
    errors = [calibration_error(p[:, k], gold[:, k]) for k in range(len(EMOTIONS))]
    figures.append(
        Figure("expected calibration error, emotions", float(np.mean(errors)), None, ECE, "mean over labels")
    )
    rows = ["  label            F1     precision recall  n     ECE"]
    for k, name in enumerate(EMOTIONS):
        hits = int((pred[:, k] & gold[:, k]).sum())
        precision, recall = hits / max(1, pred[:, k].sum()), hits / max(1, gold[:, k].sum())
        rows.append(
            f"  {name:15s} {f1(pred[:, k], gold[:, k]):.3f}  {precision:.3f}     {recall:.3f}   "
            f"{gold[:, k].sum():<5d} {errors[k]:.3f}"
        )
    return figures, "\n".join(rows)
