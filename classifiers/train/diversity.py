"""Near-copies in the authored corpora (MinHash), within and across splits, and how varied they are.

``python -m classifiers.train.diversity`` prints distinct-n (Li et al. 2016), the nearest-neighbour cosine of the base
sentence encoder, and every pair of near-copies; exit code 1 if there is a pair across splits. ``--drop`` removes the
later one of each pair from its file, but never from the sealed part.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from datasketch import MinHash, MinHashLSH

from classifiers.train import data
from classifiers.train.base import base_folder

SHINGLE = 3
JACCARD = 0.6
PERMUTATIONS = 128
SHORTEST = 4  # words; below that, two people simply say the same


@dataclass(frozen=True, slots=True)
class Item:
    """A message with where it stands."""

    split: str
    path: Path
    line: int
    text: str
    arc: str = ""


def items() -> Iterator[Item]:
    """Every message of every split, those of conversations among them."""
    for folder in (data.SEALED, data.AUTHORED):  # sealed first: the other one of a pair is dropped
        for path in sorted(folder.glob("*.jsonl")):
            for n, line in enumerate(path.read_text("utf-8").splitlines()):
                row = json.loads(line)
                split = "test" if folder == data.SEALED else data.split_of(path.stem, row.get("scenario", ""))
                if "turns" in row:
                    yield from (Item(split, path, n, t["text"], row["id"]) for t in row["turns"] if t["role"] == "user")
                else:
                    yield Item(split, path, n, row["text"])


def words(text: str) -> list[str]:
    """Lower-case words."""
    return re.findall(r"\w+", text.lower())


def shingles(text: str) -> set[str]:
    """Runs of three words."""
    found = words(text)
    return {" ".join(found[i : i + SHINGLE]) for i in range(max(1, len(found) - SHINGLE + 1))}


def near_copies(all_items: list[Item]) -> list[tuple[Item, Item]]:
    """Pairs whose shingles overlap by the set share, the earlier one first."""
    index, kept, pairs = MinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS), list[Item](), list[tuple[Item, Item]]()
    short: dict[str, Item] = {}
    for item in all_items:
        mine = shingles(item.text)
        if len(words(item.text)) < SHORTEST:  # two people may say the same few words, but not across splits
            first = short.setdefault(" ".join(words(item.text)) or item.text, item)
            if first.split != item.split:
                pairs.append((first, item))
            continue
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([s.encode() for s in mine])
        for n in index.query(sketch):
            other = shingles(kept[n].text)
            if len(mine & other) / len(mine | other) >= JACCARD and kept[n].arc != (item.arc or None):
                pairs.append((kept[n], item))
        index.insert(len(kept), sketch)
        kept.append(item)
    return pairs


def distinct(texts: list[str], n: int) -> float:
    """Different runs of n words among all."""
    runs = [tuple(w[i : i + n]) for w in map(words, texts) for i in range(len(w) - n + 1)]
    return len(set(runs)) / max(1, len(runs))


def nearest(texts: list[str]) -> np.ndarray:
    """Cosine of each message to its nearest other one, by the base sentence encoder."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  (seconds to import)

    vectors = SentenceTransformer(str(base_folder()), device="cpu").encode(texts, normalize_embeddings=True)
    best = np.empty(len(texts))
    for at in range(0, len(texts), 512):
        cosine = vectors[at : at + 512] @ vectors.T
        cosine[np.arange(len(cosine)), np.arange(at, at + len(cosine))] = -1
        best[at : at + 512] = cosine.max(1)
    return best


def shown(item: Item) -> str:
    """The beginning of the text; nothing of the sealed part, which nobody who works on the reader should see."""
    return "(sealed)" if item.split == "test" else repr(item.text[:80])


def drop(pairs: list[tuple[Item, Item]]) -> None:
    """Remove the later single message of each pair from its file."""
    gone: dict[Path, set[int]] = {}
    for _, later in pairs:
        if not later.arc and later.split != "test":
            gone.setdefault(later.path, set()).add(later.line)
    for path, lines in gone.items():
        rows = path.read_text("utf-8").splitlines()
        path.write_text("\n".join(r for n, r in enumerate(rows) if n not in lines) + "\n", "utf-8")
        print(f"removed {len(lines)} from {path.name}")


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drop", action="store_true")
    parser.add_argument("--no-vectors", action="store_true", help="leave out the nearest-neighbour cosine")
    given = parser.parse_args()
    found = list(items())
    pairs = near_copies(found)
    for a, b in pairs:
        print(f"near-copies ({a.path.name}, {b.path.name}; {a.split}/{b.split}): {shown(a)} / {shown(b)}")
    if given.drop:
        drop(pairs)
    for split in ("train", "dev", "test"):
        texts = [i.text for i in found if i.split == split]
        if not texts:
            continue
        shares = " ".join(f"distinct-{n} {distinct(texts, n):.3f}" for n in (1, 2, 3))
        line = f"{split}: {len(texts)} messages, {len(set(texts))} different; {shares}"
        if not given.no_vectors:
            best = nearest(texts)
            line += f"; nearest-neighbour cosine median {np.median(best):.3f}, above 0.9: {(best > 0.9).mean():.4f}"
        print(line, flush=True)
    across = [p for p in pairs if p[0].split != p[1].split and not given.drop]
    return 1 if across else 0


if __name__ == "__main__":
    sys.exit(main())
