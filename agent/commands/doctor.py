"""``handhold doctor``: what is present, missing or wrong, in words. Changes nothing and starts nothing."""

import platform
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions, version
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import psycopg
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from agent.errors import FolderInUse, HandholdError
from agent.settings import Settings
from agent.storage import embedded
from agent.storage.crypto import MasterKey
from agent.storage.database import channels_failing

Verdict = Literal["ok", "note", "wrong"]
MARKS: dict[Verdict, str] = {"ok": "[green]ok[/]   ", "note": "[yellow]note[/] ", "wrong": "[red]wrong[/]"}
LEAST_FREE = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    verdict: Verdict
    what: str


def run(settings: Settings) -> int:
    """Print all findings; 1 if anything is wrong."""
    console = Console(highlight=False)
    console.print(
        f"Handhold {version('handhold')}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
    found = list(findings(settings))
    for finding in found:
        console.print(f"{MARKS[finding.verdict]} {finding.what}")
    console.print("Settings in force (secrets left out):", style="dim")
    console.print_json(settings.model_dump_json(), indent=2)
    return int(any(f.verdict == "wrong" for f in found))


def findings(settings: Settings) -> Iterator[Finding]:
    """Every check in turn."""
    parts = (reader, knowledge, generator)
    for check in (python, names, variables, disk, folder, cookies, key, database, *parts, alerts, channels):
        yield from check(settings)


def python(settings: Settings) -> Iterator[Finding]:
    """The interpreter."""
    del settings
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("ok" if fits else "wrong", "Python is 3.11 to 3.13" if fits else "Python must be 3.11, 3.12 or 3.13")


def names(settings: Settings) -> Iterator[Finding]:
    """No other distribution may own our import names."""
    del settings
    owners = packages_distributions()
    for name in ("agent", "classifiers", "knowledge", "evals", "prompts"):
        others = set(owners.get(name, [])) - {"handhold"}
        if others:
            yield Finding(
                "wrong", f"the package name '{name}' also belongs to {', '.join(sorted(others))}: uninstall that"
            )


def variables(settings: Settings) -> Iterator[Finding]:
    """Settings that nothing reads."""
    for name in settings.unknown_variables():
        yield Finding("wrong", f"{name} is set but Handhold knows no such setting: see the table in README.md")


def disk(settings: Settings) -> Iterator[Finding]:
    """Room for the database."""
    place = next(p for p in (settings.data_dir, *settings.data_dir.parents) if p.exists())
    free = shutil.disk_usage(place).free
    words = f"{free / 1024**3:.1f} GB free where the data lives ({settings.data_dir})"
    yield Finding("ok" if free > LEAST_FREE else "wrong", words)


def folder(settings: Settings) -> Iterator[Finding]:
    """Who uses the data folder."""
    if not settings.data_dir.exists():
        yield Finding("note", "the data folder does not exist yet; the first start makes it")
        return
    lock = embedded.FolderLock(settings.data_dir)
    try:
        lock.acquire()
    except FolderInUse as error:
        yield Finding("note", f"running now: {error.message}")
    else:
        yield Finding("ok", "no other Handhold uses the data folder")
        lock.release()


def key(settings: Settings) -> Iterator[Finding]:
    """The master key file."""
    path = settings.key_file
    if not path.exists():
        made = (settings.data_dir / "postgres" / "PG_VERSION").exists()
        lost = (
            f"the master key is missing at {path}: nothing that was stored can be read without it. Put your copy there"
        )
        yield Finding("wrong" if made else "note", lost if made else "no master key yet; the first start makes it")
        return
    try:
        MasterKey.load(path)
    except HandholdError as error:
        yield Finding("wrong", error.message)
    else:
        yield Finding("ok", f"master key at {path}, mode {stat.filemode(path.stat().st_mode)}. Keep a copy elsewhere")


def database(settings: Settings) -> Iterator[Finding]:
    """The database, without starting it."""
    url = settings.database.url
    if url is None:
        yield from _embedded(settings.data_dir / "postgres")
        return
    try:
        with psycopg.connect(url.get_secret_value(), connect_timeout=5) as connection:
            row = connection.execute("SHOW server_version").fetchone()
    except psycopg.Error as error:
        yield Finding(
            "wrong", f"the database server does not answer: {type(error).__name__}. Check HANDHOLD_DATABASE__URL"
        )
    else:
        yield Finding("ok", f"PostgreSQL {row[0] if row else '?'} answers")


def _embedded(cluster: Path) -> Iterator[Finding]:
    made = cluster / "PG_VERSION"
    ours = embedded.bundled_version()
    if not made.exists():
        yield Finding("note", f"no database yet; the first start makes one (PostgreSQL {ours})")
    elif made.read_text().strip() != str(ours):
        yield Finding(
            "wrong",
            f"the database was made by PostgreSQL {made.read_text().strip()}, this installation brings {ours}: "
            "run 'handhold backup' with the old version, 'handhold restore' with this one",
        )
    else:
        yield Finding("ok", f"embedded database of PostgreSQL {ours}")


def reader(settings: Settings) -> Iterator[Finding]:
    """The classifier's files."""
    del settings
    from classifiers.text import WEIGHTS, verify  # noqa: PLC0415

    yield _file_check("text reader", lambda: verify(WEIGHTS))


def knowledge(settings: Settings) -> Iterator[Finding]:
    """Embedding weights, corpus and index."""
    del settings
    from knowledge.embedding import Embedder  # noqa: PLC0415
    from knowledge.index import Index  # noqa: PLC0415

    yield _file_check("knowledge index", lambda: f"{len(Index.load(Embedder()).entries)} passages")


def generator(settings: Settings) -> Iterator[Finding]:
    """The model that drafts replies."""
    chosen = settings.generator
    if chosen.kind == "openai":
        where = chosen.base_url or "the vendor's own address"
        yield Finding("ok", f"replies are drafted by {chosen.model} at {where}; messages leave this machine for it")
    elif chosen.kind == "embedded":
        from agent.generation.embedded import verified_weights  # noqa: PLC0415

        yield _file_check("small language model", lambda: verified_weights().name, missing="note")
    else:
        yield Finding("ok", f"generator '{chosen.kind}': no language model")


def alerts(settings: Settings) -> Iterator[Finding]:
    """How somebody is reached when a case waits."""
    from agent.escalation.alerts import configured  # noqa: PLC0415

    try:
        channels = configured.channels(settings.alerts)
    except HandholdError as error:
        yield Finding("wrong", error.message)
        return
    names = ", ".join(channel.name for channel in channels)
    yield (
        Finding("ok", f"alerts go out by {names}. See that they arrive: handhold alerts test")
        if channels
        else Finding(
            "note",
            "no way to reach anybody: whoever does not look at the list learns of no case. See HANDHOLD_ALERTS__ in "
            "README.md",
        )
    )
    if channels and settings.alerts.outside is None:
        yield Finding("note", "nobody is named for when no counsellor answers: HANDHOLD_ALERTS__OUTSIDE")


def channels(settings: Settings) -> Iterator[Finding]:
    """Ways to reach somebody that have stopped working. Only of a database that runs: none is started to look."""
    try:
        conninfo = _running(settings)
        failing = channels_failing(conninfo) if conninfo is not None else []
    except (SQLAlchemyError, HandholdError):  # not there, or not brought up to date yet: said above
        return
    for name in failing:
        yield Finding(
            "wrong", f"alerts by {name} have all failed lately. Look at its settings, then: handhold alerts test"
        )


def _running(settings: Settings) -> str | None:
    """The address of a database that runs now."""
    if settings.database.url is not None:
        return settings.database.url.get_secret_value()
    if not settings.data_dir.exists():
        return None
    lock = embedded.FolderLock(settings.data_dir)
    try:
        lock.acquire()
    except FolderInUse:
        return embedded.start(settings.data_dir).url  # it joins the one that runs
    lock.release()
    return None


def cookies(settings: Settings) -> Iterator[Finding]:
    """Whether sign-ins can travel in clear although people come by https, or from elsewhere."""
    if settings.server.secure_cookies:
        return
    url = urlsplit(settings.alerts.base_url)
    host = url.hostname or ""
    if url.scheme == "https" or (host and not _loopback(host)):
        yield Finding(
            "wrong",
            f"the pages are at {url.scheme}://{host}, but sign-ins may also be sent without encryption. "
            "Serve them by https and set HANDHOLD_SERVER__SECURE_COOKIES=true",
        )


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _file_check(name: str, look: Callable[[], object], missing: Verdict = "wrong") -> Finding:
    try:
        return Finding("ok", f"{name}: {look()}")
    except (HandholdError, ValueError, OSError) as error:
        return Finding(missing, f"{name}: {error}")
