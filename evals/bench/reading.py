"""Reading a message of 32 tokens: CPU time on one thread, beside a BERT-base-size torch pipeline."""

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from classifiers.text import TextReader
from evals.bench.child import Child, environment
from evals.bench.figures import Bar, Result, Spread, percentile, share
from evals.bench.messages import TOKENIZER, TOKENS, of_32_tokens
from evals.bench.rounds import MeasureError

WORKER = Path(__file__).with_name("baseline_worker.py")
READ_BAR = Bar("at most", 8)
RATIO_BAR = Bar("at least", 10)
BLOCKS = 4  # each slice alternates between the two sides this many times
WARM = 20


class Reading:
    """Ours in this process, the other in a worker; both count the CPU time of the whole process."""

    name = "reading"

    def __init__(self, baseline: Path | None, reads: int, baseline_reads: int) -> None:
        self._baseline_python = baseline
        self._reads, self._baseline_reads = reads, baseline_reads
        self._folder = TemporaryDirectory(prefix="handhold-bench-")
        self._texts: list[str] = []
        self._at = 0
        self._worker: Child | None = None
        self._why_not = "" if baseline else "no --baseline-python given: an interpreter with torch and transformers"
        self._about: dict[str, object] = {}
        self._ours: list[float] = []
        self._theirs: list[float] = []
        self._ratios: list[float] = []

    def open(self) -> None:
        """Load both sides and run each until it is warm."""
        self._texts = of_32_tokens()
        self._reader = TextReader()
        self._read(WARM)
        if self._baseline_python is not None:
            self._start_worker(self._baseline_python)

    def slice(self, number: int, of: int) -> None:
        """Blocks of ours and of theirs in turn, on the same texts."""
        mine, theirs = share(self._reads, number, of), share(self._baseline_reads, number, of)
        ours, other = list[float](), list[float]()
        for block in range(BLOCKS):
            ours += self._read(share(mine, block, BLOCKS))
            other += self._ask(share(theirs, block, BLOCKS))
        self._ours += ours
        self._theirs += other
        if ours and other:
            self._ratios.append(percentile(other, 50) / percentile(ours, 50))

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.stop()
        self._folder.cleanup()

    def results(self) -> list[Result]:
        """Ours, theirs, and how many times less."""
        ours, theirs = Spread.of(self._ours), Spread.of(self._theirs)
        ratio = theirs.p50 / ours.p50 if ours and theirs else None
        notes = (f"not measured: {self._why_not}",) if theirs is None else ()
        about = f"torch {self._about['torch']}, {self._about['parameters']} parameters" if self._about else "not there"
        return [
            Result(
                "read_32_tokens", "read a 32-token message (CPU, 1 thread)", "ms", "p50", ours.p50 if ours else None,
                READ_BAR, ours, detail={"texts": len(self._texts)},
            ),
            Result(
                "bert_base_torch", "the same through BERT-base in torch", "ms", "p50", theirs.p50 if theirs else None,
                None, theirs, notes, self._about,
            ),
            Result(
                "read_ratio", f"times less than BERT-base ({about})", "", "ratio", ratio, RATIO_BAR,
                Spread.of(self._ratios), notes, {"spread": "of the rounds' own ratios"},
            ),
        ]  # fmt: skip

    def _take(self, count: int) -> list[str]:
        chosen = [self._texts[(self._at + i) % len(self._texts)] for i in range(count)]
        self._at += count
        return chosen

    def _read(self, count: int) -> list[float]:
        spent = []
        for text in self._take(count):
            begun = time.process_time()
            self._reader.read(text)
            spent.append(1000 * (time.process_time() - begun))
        return spent

    def _ask(self, count: int) -> list[float]:
        if self._worker is None or not count:
            return []
        answer: list[tuple[float, int]] = json.loads(self._worker.ask(json.dumps(self._take(count))))
        if any(tokens != TOKENS for _, tokens in answer):
            raise MeasureError(f"the baseline read other than {TOKENS} tokens: the two sides are not alike")
        return [milliseconds for milliseconds, _ in answer]

    def _start_worker(self, python: Path) -> None:
        folder = Path(self._folder.name)
        log = folder / "worker.log"
        env = environment(folder, TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1")
        worker = Child([str(python), str(WORKER), str(TOKENIZER)], folder, env, log, piped=True)
        self._worker = worker
        first = worker.process.stdout.readline() if worker.process.stdout else ""
        if not first:
            self._why_not = f"{python} has no usable torch: {worker.last_words()}"
            worker.stop()
            self._worker = None
            return
        self._about = json.loads(first)
        worker.ask(json.dumps(self._take(WARM // 4)))
