"""Child processes: a clean environment, output kept for the report, an end that is certain."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.bench.messages import ROOT
from evals.bench.rounds import MeasureError

STOP_SECONDS = 30
TAIL = 600
#: ``handhold`` as installed, without a shell in between.
HANDHOLD = (sys.executable, "-c", "from agent.cli import main; main()")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Only what a child needs, so that the caller's own settings change no figure."""
    plain = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    return plain | more


class Child:
    """One process, its standard error (and, unless piped, its output) in ``log``."""

    def __init__(
        self, command: Sequence[str], folder: Path, env: Mapping[str, str], log: Path, *, piped: bool = False
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log = log
        ends = subprocess.PIPE if piped else None
        with log.open("ab") as file:
            self.process = subprocess.Popen(  # noqa: S603  (our own interpreter, our own arguments)
                list(command), cwd=folder, env=dict(env), stdin=ends or subprocess.DEVNULL, stdout=ends or file,
                stderr=file, text=True, encoding="utf-8",
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """Of the process itself."""
        return self.process.pid

    def ask(self, line: str) -> str:
        """Write a line, if there is one, and read one; ``MeasureError`` when the child is gone."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            if line:
                self.process.stdin.write(line + "\n")
                self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise MeasureError(f"the child process ended: {self.last_words()}")
        return answer

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def last_words(self) -> str:
        """The end of what it wrote."""
        return " ".join(self._log.read_text("utf-8", errors="replace")[-TAIL:].split())

    def stop(self) -> None:
        """Ask it to end; after half a minute make it."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()
        if self.alive():
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
