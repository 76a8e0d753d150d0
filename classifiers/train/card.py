"""Writes the counts of the authored corpora into their data card, between its markers.

``python -m classifiers.train.card``
"""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from classifiers.labels import DISTORTIONS, DOMAINS, INTENTS, SIGNS, TIERS
from classifiers.train import data
from classifiers.train.data import Arc, Example

CARD = Path(__file__).parent.parent / "cards" / "data_risk_intent.md"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Markdown."""
    names = list(head)
    lines = [names, ["---"] * len(names), *[[f"{c:,}" if isinstance(c, int) else str(c) for c in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def tiers(examples: list[Example]) -> list[int]:
    """Counts in the order of the tiers."""
    counts = Counter(e.tier for e in examples)
    return [counts[k] for k in range(len(TIERS))]


def files(everything: dict[str, list[Example]], conversations: dict[str, list[Arc]]) -> str:
    """A row a file."""
    rows: list[list[object]] = []
    for name, examples in sorted(everything.items()):
        words = sorted(len(e.text.split()) for e in examples)
        rows.append([f"`{name}`", len(examples), " / ".join(map(str, tiers(examples))), words[len(words) // 2]])
    for name, found in sorted(conversations.items()):
        said = data.turns_of(found)
        rows.append([f"`{name}`: {len(found)} conversations", len(said), " / ".join(map(str, tiers(said))), ""])
    return table(["file", "messages", "none / low / moderate / high / imminent", "median words"], rows)


def counts() -> str:
    """Splits, domains, intents, registers, look-alikes, signs, distortions."""
    splits: list[list[object]] = []
    for name in ("train", "dev", "test"):
        singles, conversations = data.authored(name), data.arcs(name)  # type: ignore[arg-type]
        said = data.turns_of(conversations)
        label = "sealed test" if name == "test" else name
        splits.append([label, len(singles), *tiers(singles), len(conversations), len(said)])
    every = data.authored()
    risky = [e for e in every if e.tier]
    hard = [e for e in every if e.lookalike]
    domain = {d: tiers([e for e in risky if n in (e.domains or ())])[1:] for n, d in enumerate(DOMAINS)}
    none = [e for e in every if e.tier == 0]
    summary = (
        f"{len(every):,} different messages outside conversations; {len(risky):,} bear on risk; of the {len(none):,} "
        f"of tier none {sum(bool(e.lookalike) for e in none):,} are marked as look-alikes, of all {len(hard):,}."
    )
    parts = [
        table(["split", "messages", *TIERS, "conversations", "their messages"], splits),
        summary,
        table(
            ["domain", "low / moderate / high / imminent"], [[d, " / ".join(map(str, n))] for d, n in domain.items()]
        ),
        grid("intent", Counter(INTENTS[e.intent] for e in every if e.intent is not None)),
        grid("register", Counter(e.register or "not given" for e in every)),
        grid("look-alike", Counter(e.lookalike for e in hard)),
        grid("sign", Counter(SIGNS[s] for e in every for s in e.signs or ())),
        grid("distortion", Counter(DISTORTIONS[s] for e in every for s in e.distortions or ())),
    ]
    return "\n\n".join(parts)


def grid(title: str, counter: Counter[str]) -> str:
    """Four pairs a row."""
    items = [f"{name} {n:,}" for name, n in counter.most_common()]
    return f"**{title}**: " + ", ".join(items) + "."


def main() -> None:
    """Rewrite the parts between the markers."""
    everything: dict[str, list[Example]] = {}
    for example in data.authored():
        everything.setdefault(example.brief, []).append(example)
    conversations: dict[str, list[Arc]] = {}
    for arc in data.arcs():
        conversations.setdefault(arc.brief, []).append(arc)
    text = CARD.read_text("utf-8")
    for name, new in (("files", files(everything, conversations)), ("counts", counts())):
        marked = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end {name} -->)", re.DOTALL)
        text = marked.sub(lambda m, new=new: m[1] + new + m[2], text)  # type: ignore[misc]
    CARD.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
