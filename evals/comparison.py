"""``python -m evals.comparison NAME=FOLDER NAME=FOLDER``: systems side by side, from the logs of their runs.

Compared is what all of them can be judged on and no more: the cases that each could play, and in these the findings
that were made of each. A system without a record has none of tier, card and case, so with one there, words alone are
compared. An answer that did not come, or a case that was not finished, counts against its system all the same.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log
from rich.console import Console

from evals.cases import Does, Never
from evals.figures import Share
from evals.suites import FINDINGS

#: Made only of a system that failed.
_FAILED: Final = frozenset({"error", "unfinished"})
_KIND: Final = {
    "repeated": "says nothing twice", **dict.fromkeys(get_args(Does), "does what was expected"),
    **dict.fromkeys(get_args(Never), "is nothing that no reply may be"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What was looked at where. ``exchange``: its number from 0, -1 for the whole case."""

    suite: str
    case: str
    exchange: int
    code: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Findings of each system (whether it was right there) at the places that all share.

    ``cases``: suite and id of the cases that all could play, with whether each system had everything right in them.
    ``made``: how many findings were made of each system in these cases, shared or not.
    """

    found: Mapping[str, Mapping[Place, bool]]
    cases: Mapping[str, Mapping[tuple[str, str], bool]]
    made: Mapping[str, int]

    def by_suite(self) -> dict[str, list[Share]]:
        """For each system: cases in which all that is compared was right."""
        return {name: _shares((suite, ok) for (suite, _), ok in cases.items()) for name, cases in self.cases.items()}

    def by_code(self) -> dict[str, list[Share]]:
        """For each system: findings by what was looked at."""
        return {name: _shares((place.code, ok) for place, ok in found.items()) for name, found in self.found.items()}

    def by_kind(self) -> dict[str, list[Share]]:
        """For each system: findings of what a reply does, of what no reply may be, and of repetition."""
        return {
            name: _shares((_KIND.get(place.code, "other"), ok) for place, ok in found.items())
            for name, found in self.found.items()
        }


def compare(logs: Mapping[str, Iterable[EvalLog]]) -> Comparison:
    """Put systems side by side. ``ValueError`` for a run that failed, a case played twice, or no case in common."""
    found = {name: _findings(name, of) for name, of in logs.items()}
    played = [{(p.suite, p.case) for p in one} for one in found.values()]
    common = set.intersection(*played) if played else set()
    if not common:
        raise ValueError("there is no case that all of them could play")
    mine = {n: {p: ok for p, ok in one.items() if (p.suite, p.case) in common} for n, one in found.items()}
    shared = set.intersection(*(set(one) for one in mine.values())) - {p for one in mine.values() for p in _broken(one)}
    return Comparison(
        found={name: {p: one[p] for p in sorted(shared)} for name, one in mine.items()},
        cases={name: _cases(one, shared | set(_broken(one)), common) for name, one in mine.items()},
        made={name: len(one) for name, one in mine.items()},
    )


def _findings(name: str, logs: Iterable[EvalLog]) -> dict[Place, bool]:
    found, seen = dict[Place, bool](), set[tuple[str, str]]()
    for log in logs:
        if log.status != "success":
            raise ValueError(f"{name}: the run of {log.eval.task} did not end well: {log.status}")
        for sample in log.samples or ():
            if (log.eval.task, str(sample.id)) in seen:
                raise ValueError(f"{name}: {sample.id} was played twice")
            seen.add((log.eval.task, str(sample.id)))
            for score in (sample.scores or {}).values():
                for one in (score.metadata or {}).get(FINDINGS, ()):
                    place = Place(log.eval.task, str(sample.id), one["exchange"], one["code"])
                    found[place] = found.get(place, True) and one["ok"]
    return found


def _broken(found: Mapping[Place, bool]) -> Iterator[Place]:
    return (place for place in found if place.code in _FAILED)


def _cases(
    found: Mapping[Place, bool], looked: set[Place], common: set[tuple[str, str]]
) -> dict[tuple[str, str], bool]:
    right = dict.fromkeys(sorted(common), True)
    for place in looked & set(found):
        right[place.suite, place.case] &= found[place]
    return right


def _shares(marks: Iterable[tuple[str, bool]]) -> list[Share]:
    counted = defaultdict[str, list[bool]](list)
    for what, ok in marks:
        counted[what].append(ok)
    return [Share(what, sum(oks), len(oks)) for what, oks in sorted(counted.items())]


def markdown(title: str, shares: Mapping[str, list[Share]]) -> str:
    """A table: a row for each thing, a column for each system, in each right / of, share and interval."""
    rows = [f"| {title} | {' | '.join(shares)} |", f"|---|{'---|' * len(shares)}"]
    rows += [f"| {each[0].what} | {' | '.join(map(_cell, each))} |" for each in zip(*shares.values(), strict=True)]
    return "\n".join(rows)


def _cell(share: Share) -> str:
    low, high = share.interval
    return f"{share.right}/{share.of} = {share.right / share.of:.3f} ({low:.3f} to {high:.3f})"


def main(given: list[str]) -> int:
    """Print the tables as Markdown."""
    logs = {}
    for pair in given:
        name, _, folder = pair.partition("=")
        if not folder or not Path(folder).is_dir():
            raise SystemExit(f"{pair}: give NAME=FOLDER, with the folder of the logs")
        logs[name] = [read_eval_log(info) for info in list_eval_logs(folder)]
    try:
        found = compare(logs)
    except ValueError as error:
        raise SystemExit(str(error)) from error
    print_ = Console(soft_wrap=True, markup=False, highlight=False).print
    shared = len(next(iter(found.found.values())))
    made = ", ".join(f"{name} {of}" for name, of in found.made.items())
    print_(f"{shared} findings are compared, of those made in the same cases: {made}.\n")
    print_(markdown("cases in which all that is compared was right", found.by_suite()), "\n")
    print_(markdown("findings", found.by_kind()), "\n")
    print_(markdown("what was looked at", found.by_code()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
