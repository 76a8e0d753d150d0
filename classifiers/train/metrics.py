"""Figures with intervals. Plain numpy, so that evaluation needs none of the training extra."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating] | npt.NDArray[np.integer] | npt.NDArray[np.bool_]


def sigmoid(x: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Element-wise logistic function."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -60, 60))))


def f1(pred: Array, gold: Array) -> float:
    """F1 of one binary label; 0 when nothing is right."""
    hit = float(np.logical_and(pred, gold).sum())
    return 0.0 if hit == 0 else 2 * hit / (float(np.sum(pred)) + float(np.sum(gold)))


def macro_f1(pred: Array, gold: Array) -> float:
    """Mean F1 over the columns."""
    return float(np.mean([f1(pred[:, k], gold[:, k]) for k in range(gold.shape[1])]))


def micro_f1(pred: Array, gold: Array) -> float:
    """F1 over all cells."""
    return f1(pred.reshape(-1), gold.reshape(-1))


def best_threshold(p: npt.NDArray[np.floating], gold: Array) -> float:
    """The threshold with the best F1, looked for among the scores themselves, smoothed over its neighbours."""
    grid = np.linspace(0.05, 0.8, 76)
    scores = np.array([f1(p >= t, gold) for t in grid])
    smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return float(grid[int(smooth.argmax())])


def auc(score: Array, gold: Array) -> float:
    """Area under the ROC curve by ranks (Mann-Whitney)."""
    order = np.argsort(np.argsort(score)) + 1
    positives, negatives = int(np.sum(gold)), int(np.sum(~np.asarray(gold, dtype=bool)))
    return float(
        (order[np.asarray(gold, dtype=bool)].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    )


def calibration_error(p: Array, gold: Array, bins: int = 15) -> float:
    """Expected calibration error over equal-width bins (Naeini et al. 2015)."""
    edges = np.minimum((np.asarray(p) * bins).astype(int), bins - 1)
    parts = [(edges == b) for b in range(bins)]
    return float(sum(m.mean() * abs(float(p[m].mean()) - float(gold[m].mean())) for m in parts if m.any()))


def interval(values: npt.NDArray[np.floating]) -> tuple[float, float]:
    """2.5th and 97.5th percentile of bootstrap values."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def bootstrap_macro_f1(pred: Array, gold: Array, rounds: int = 500, seed: int = 3) -> tuple[float, float]:
    """95 % interval of macro-F1 over resampled messages."""
    rng = np.random.default_rng(seed)
    rows = (rng.integers(0, len(gold), len(gold)) for _ in range(rounds))
    return interval(np.array([macro_f1(pred[r], gold[r]) for r in rows]))


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927)."""
    if total == 0:
        return 0.0, 1.0
    p, n = hits / total, total
    centre, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return float((centre - half) / (1 + z * z / n)), float((centre + half) / (1 + z * z / n))
