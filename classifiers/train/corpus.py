"""Checks authored files against the codebook: fields, labels, names.

``python -m classifiers.train.corpus FILE...`` prints what is wrong with each line and the counts of each file.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from classifiers.labels import DISTORTIONS, DOMAINS, INTENTS, SIGNS, TIERS

REGISTERS = ("chat", "post", "request", "fiction", "report", "distress")
LOOKALIKES = (
    "", "idiom", "gaming", "lyrics", "news", "past", "other", "intrusive", "anger", "exhaustion", "humour", "study",
    "fiction", "distress", "medical", "culture",
)  # fmt: skip
ARC_KINDS = (
    "slow_build", "loss_then_means", "retraction", "new_chat", "changed_language", "drift", "worry_about_other",
    "heavy_but_safe", "idiom_then_real", "recovery", "ordinary",
)  # fmt: skip


def one_of(name: str, value: object, allowed: tuple[str, ...]) -> list[str]:
    """A complaint if the value is none of these."""
    return [] if value in allowed else [f"{name} {value!r}"]


def all_of(name: str, values: object, allowed: tuple[str, ...]) -> list[str]:
    """A complaint for each that is none of these."""
    if not isinstance(values, list):
        return [f"{name} is not a list"]
    return [f"{name} {v!r}" for v in values if v not in allowed]


def item_errors(row: dict[str, object]) -> list[str]:
    """What is wrong with one message."""
    wrong = one_of("tier", row.get("tier"), TIERS) + all_of("domains", row.get("domains"), DOMAINS)
    wrong += one_of("whose", row.get("whose"), ("self", "other", "none")) + one_of(
        "when", row.get("when"), ("now", "past", "none")
    )
    wrong += one_of("intent", row.get("intent"), INTENTS) + all_of("signs", row.get("signs"), SIGNS)
    wrong += one_of("register", row.get("register"), REGISTERS) + one_of("lookalike", row.get("lookalike"), LOOKALIKES)
    wrong += all_of("distortions", row.get("distortions", []), DISTORTIONS)
    wrong += [f"{k} missing" for k in ("text", "scenario", "reason") if not str(row.get(k, "")).strip()]
    if row.get("tier") != "none" and not row.get("domains") and row.get("tier") != "low":
        wrong.append("a tier above low without domain")
    if row.get("tier") == "none" and row.get("domains"):
        wrong.append("tier none with a domain")
    if row.get("tier") not in ("none", "low") and row.get("lookalike"):
        wrong.append("a look-alike above low")
    return wrong


def arc_errors(row: dict[str, object]) -> list[str]:
    """What is wrong with one conversation."""
    wrong = one_of("kind", row.get("kind"), ARC_KINDS) + all_of("domains", row.get("domains"), DOMAINS)
    wrong += [f"{k} missing" for k in ("id", "scenario", "reason") if not str(row.get(k, "")).strip()]
    turns = row.get("turns")
    if not isinstance(turns, list):
        return [*wrong, "turns is not a list"]
    mine = [t for t in turns if t.get("role") == "user"]
    if not 3 <= len(mine) <= 12:
        wrong.append(f"{len(mine)} user turns")
    last = 0
    for t in mine:
        wrong += one_of("tier", t.get("tier"), TIERS) + one_of("stands", t.get("stands"), TIERS)
        wrong += all_of("signs", t.get("signs"), SIGNS) + one_of("intent", t.get("intent"), INTENTS)
        if not str(t.get("text", "")).strip():
            wrong.append("a turn without text")
        if t.get("stands") in TIERS and t.get("tier") in TIERS:
            now = TIERS.index(t["stands"])
            if now < last:
                wrong.append("what stands went down inside a conversation")
            if now < TIERS.index(t["tier"]):
                wrong.append("stands below the turn's own tier")
            last = now
    if any(t.get("role") not in ("user", "assistant") for t in turns):
        wrong.append("role")
    return wrong


def check(path: Path) -> None:
    """Print what is wrong, and the counts."""
    rows = []
    for n, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            print(f"{path.name}:{n}: {error}")
            continue
        rows.append(row)
        wrong = arc_errors(row) if "turns" in row else item_errors(row)
        if wrong:
            print(f"{path.name}:{n}: {'; '.join(wrong)}")
    said = [t for row in rows for t in row.get("turns", [row]) if t.get("role", "user") == "user"]
    scenarios = {row.get("scenario") for row in rows}
    print(f"{path.name}: {len(rows)} lines, {len(said)} messages, {len(scenarios)} scenarios")
    for key in ("tier", "domains", "intent", "register", "lookalike", "kind"):
        values = [row[key] for row in [*rows, *(said if "turns" in rows[0] else ())] if key in row]
        counts = Counter(v for value in values for v in (value if isinstance(value, list) else [value]))
        if counts:
            print(f"  {key}: {dict(counts.most_common())}")


def main() -> None:
    """Check the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    for path in parser.parse_args().files:
        check(path)


if __name__ == "__main__":
    main()
