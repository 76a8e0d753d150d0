"""Memory of processes as Linux accounts for it (``/proc/<pid>/smaps_rollup``), in megabytes of 2**20 bytes."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evals.bench.rounds import MeasureError

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Footprint:
    """``rss``: all resident pages; ``pss``: shared pages divided by their users; ``uss``: pages of no other process."""

    rss: float
    pss: float
    uss: float

    @classmethod
    def parse(cls, smaps_rollup: str) -> "Footprint":
        """From the text of the file, whose figures are kilobytes."""
        fields = [line.split() for line in smaps_rollup.splitlines()]
        kilobytes = {f[0].rstrip(":"): int(f[1]) for f in fields if len(f) == 3 and f[2] == "kB"}  # noqa: PLR2004
        private = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
        return cls(kilobytes["Rss"] / 1024, kilobytes["Pss"] / 1024, private / 1024)


def of(pids: Iterable[int]) -> Footprint:
    """The sum over processes; one that ended meanwhile counts nothing."""
    total = Footprint(0, 0, 0)
    for pid in pids:
        try:
            one = Footprint.parse((PROC / str(pid) / "smaps_rollup").read_text())
        except PermissionError as error:
            raise MeasureError(f"the memory of process {pid} may not be read by this user") from error
        except (FileNotFoundError, ProcessLookupError):
            continue
        total = Footprint(total.rss + one.rss, total.pss + one.pss, total.uss + one.uss)
    return total


def tree(root: int) -> set[int]:
    """A process and all that descend from it."""
    parents: dict[int, int] = {}
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            text = stat.read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found, before = {root}, 0
    while len(found) > before:
        before = len(found)
        found |= {pid for pid, parent in parents.items() if parent in found}
    return found


def postmaster(data_dir: Path) -> int:
    """The embedded server of a data folder."""
    return int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])
