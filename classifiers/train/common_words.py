"""Words that are no names: what our own authored English messages write in small letters again and again.

``python -m classifiers.train.common_words OUT`` writes the list that de-identification lets stand. A word is on it if
it is written small at least six times, in at least four scenarios, and nearly never with a capital inside a sentence.
Where it is doubtful, a word is left out: then it is marked for a person to look at, which costs a moment.
"""

import argparse
import json
import re
from collections import Counter, defaultdict
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
LEAST, SCENARIOS, CAPITALS = 6, 4, 0.03
#: Given names that are words too, towns that come up in small letters.
NAMES = frozenset(
    """
    abby adam adi aisha alex ali amy ana andy ann anna ash ben beth bill billy bob carl chris dan dave dean dee
    dev don ed eddie ella emma eve finn frank gary gene gus guy hal hank harry helen ian jack jake james jan jay
    jean jen jess jim jo joe john josh joy juan julie kate ken kim kit lee leo liam lily lisa liz lou luca lucy
    luke mark matt max may mel mia mick mike mo nat neil nick nina noah pat paul pete phil rachel raj ray rita rob
    robin rod ron rose ruby ruth ryan sal sally sam sara sarah sean sid sofia sue tim tina tom tony vic wes zoe
    leeds london glasgow delhi lagos dublin manila nairobi paris texas
""".split()  # noqa: SIM905  (words, one after the other, are easier to read)
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_ENDS = frozenset('.!?:;…\n"“‘(*•-–—')


def messages() -> list[tuple[str, str]]:
    """Scenario and text of every authored English message, the person's and the answers."""
    found = []
    for path in sorted(DATA.glob("*.jsonl")):
        for raw in path.read_text("utf-8").splitlines():
            row = json.loads(raw)
            found += [(str(row.get("scenario")), t["text"]) for t in (row, *row.get("turns", ())) if t.get("text")]
    return found


def common(said: list[tuple[str, str]]) -> list[str]:
    """The list, sorted."""
    small, capital = Counter[str](), Counter[str]()
    scenarios = defaultdict[str, set[str]](set)
    for scenario, text in said:
        plain = text.replace("\u2019", "'")
        for found in _WORD.finditer(plain):
            word, lead = found[0], plain[: found.start()].rstrip(" ")
            if word.islower():
                small[word] += 1
                scenarios[word].add(scenario)
            elif lead and lead[-1] not in _ENDS and word[0].isupper() and word[1:].islower():
                capital[word.lower()] += 1
    return sorted(
        w for w, count in small.items()
        if count >= LEAST and len(scenarios[w]) >= SCENARIOS and capital[w] <= CAPITALS * count
        and w.removesuffix("'s") not in NAMES and w.isascii()
    )  # fmt: skip


def main() -> None:
    """Write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    words = common(messages())
    head = "# Common words, from our own messages. Made by: python -m classifiers.train.common_words FILE"
    parser.parse_args().out.write_text("\n".join([head, *words]) + "\n", "utf-8")
    print(f"{len(words)} words")


if __name__ == "__main__":
    main()
