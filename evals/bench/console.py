"""The open console: from sending a dangerous message to its case standing in the list that a counsellor looks at."""

import re
import threading
import time
from functools import partial
from itertools import cycle

import httpx

from evals.bench.client import HOST, Person
from evals.bench.figures import Bar, Result, Spread, percentile, share
from evals.bench.rounds import MeasureError
from evals.bench.serving import Serving

#: Each is on the list of words, so that a case not seen is the console's fault and not the reader's.
SURE = (
    "I am going to kill myself tonight.",
    "I want to kill myself and I have the tablets here.",
    "I can't do this any more. I want to end my life tonight.",
)
BAR = Bar("at most", 2000)
#: A list shows two hundred cases.
MOST = 180
_LINK, _CASE = re.compile(r"setup\?token=([\w-]+)"), re.compile(r'data-case="([^"]+)"')
_SECONDS = 20.0
#: A case that is not there by then counts as having taken this long.
_LONGEST = 5.0


class Console:
    """A counsellor's page as its script does it: a feed that says "look again", and the list fetched after each."""

    name = "console"

    def __init__(self, cases: int) -> None:
        self._cases = min(cases, MOST)
        self._serving = Serving("authored")
        self._messages = cycle(SURE)
        self._seen: dict[str, float] = {}
        self._news = threading.Condition()
        self._samples: list[float] = []
        self._missed = 0

    def open(self) -> None:
        """Start the server, sign a counsellor in, open their feed."""
        self._serving.start()
        self._serving.first_person()
        http = httpx.Client(base_url=f"http://{HOST}:{self._serving.port}", timeout=_SECONDS)
        form = {"token": self._link(), "name": "Bench", "email": "b@bench.example", "password": "measured in seconds"}
        if http.post("/counsellor/setup", data=form).status_code != 303:  # noqa: PLR2004  (See Other)
            raise MeasureError("the counsellor's account was refused")
        threading.Thread(target=self._look, args=(http,), daemon=True).start()

    def slice(self, number: int, of: int) -> None:
        """Each message by a new person, because one person has one case."""
        for _ in range(share(self._cases, number, of)):
            person, before = Person(self._serving.port), len(self._seen)
            begun = time.perf_counter()
            person.say(next(self._messages))
            with self._news:
                seen = self._news.wait_for(partial(self._more_than, before), timeout=_LONGEST)
            self._missed += not seen
            self._samples.append(1000 * (max(self._seen.values()) - begun if seen else _LONGEST))
            if not seen:  # whatever comes late is not the next one's
                time.sleep(_LONGEST)

    def close(self) -> None:
        """Stop the server."""
        self._serving.discard()

    def results(self) -> list[Result]:
        """The 99th percentile."""
        spread = Spread.of(self._samples)
        late = percentile(self._samples, 99) if self._samples else None
        notes = (f"{self._missed} stood in no list within {_LONGEST:.0f} s and count as that",) if self._missed else ()
        return [
            Result("case_in_console", "danger: POST to its case in an open console", "ms", "p99", late, BAR, spread,
                   notes, {})
        ]  # fmt: skip

    def _more_than(self, before: int) -> bool:
        return len(self._seen) > before

    def _look(self, http: httpx.Client) -> None:
        with http.stream("GET", "/counsellor/events", timeout=None) as feed:
            for line in feed.iter_lines():
                if line != "event: changed":
                    continue
                shown = _CASE.findall(http.get("/counsellor/cases/list").text)
                at = time.perf_counter()
                with self._news:
                    for case_id in shown:
                        self._seen.setdefault(case_id, at)
                    self._news.notify_all()

    def _link(self) -> str:
        end, log = time.monotonic() + _SECONDS, self._serving.log
        while time.monotonic() < end:
            found = _LINK.search(log.read_text("utf-8"))
            if found is not None:
                return found[1]
            time.sleep(0.1)
        raise MeasureError("the server printed no link for the first counsellor")
