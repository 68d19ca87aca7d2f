"""What any test may ask for: a private Postgres cluster with a fresh database in it, and somebody who takes webhooks.

No running service is needed.
"""

import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import pytest

INSTALL = "bash tools/system_packages.sh (as root; it installs Debian's package `postgresql`)"

# Ends the server when the test process does, however it does: the pipe at its standard input closes then.
SUPERVISOR = """
"$1" -D "$2" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off \
    -c full_page_writes=off -c shared_buffers=32MB -c max_connections=200 </dev/null >"$2/server.log" 2>&1 &
server=$!
read -r _
kill -INT $server
wait $server
rm -rf "$4"
"""


@dataclass(frozen=True)
class PostgresCluster:
    socket_folder: Path
    port: int
    password: str = field(repr=False)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg2://weir:{self.password}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def fresh_database(self) -> Generator[str]:
        """The address of an empty database that goes when the block ends."""
        database = f"test_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {database} TEMPLATE template0 STRATEGY file_copy")
        try:
            yield self.url(database)
        finally:
            self.run(f"DROP DATABASE {database} WITH (FORCE)")

    def run(self, statement: str) -> None:
        with closing(self.connect()) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

    def connect(self) -> psycopg2.extensions.connection:
        return psycopg2.connect(
            host="127.0.0.1", port=self.port, user="weir", password=self.password, dbname="postgres", connect_timeout=10
        )


@pytest.fixture(scope="session")
def postgres_cluster() -> Generator[PostgresCluster]:
    """One cluster for each test process, in a folder of its own that goes with it."""
    binaries = _binaries()
    owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None  # the server refuses to run as root
    # Not pytest's temporary folder: that one is closed to other users, and too deep for a socket's name.
    folder = Path(tempfile.mkdtemp(prefix="weir-pg-", dir="/tmp"))
    password, port = secrets.token_hex(8), _free_port()
    (folder / "password").write_text(password)
    if owner is not None:
        for path in (folder, folder / "password"):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    user = None if owner is None else owner.pw_uid
    group = None if owner is None else owner.pw_gid
    data = folder / "data"
    subprocess.run(
        [
            *(binaries / "initdb", "-D", data, "-U", "weir", "-A", "scram-sha-256", "--pwfile", folder / "password"),
            *("--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"),
        ],
        user=user,
        group=group,
        extra_groups=None if owner is None else [],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    supervisor = subprocess.Popen(
        ["/bin/sh", "-c", SUPERVISOR, "sh", binaries / "postgres", data, str(port), folder],
        user=user,
        group=group,
        extra_groups=None if owner is None else [],
        cwd=folder,
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the tests; the server ends after them
    )
    cluster = PostgresCluster(socket_folder=data, port=port, password=password)
    try:
        _wait_until_it_answers(cluster, supervisor, data / "server.log")
        yield cluster
    finally:
        assert supervisor.stdin is not None
        supervisor.stdin.close()
        supervisor.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_cluster: PostgresCluster) -> Generator[str]:
    """A fresh, empty database for one test, as a SQLAlchemy address."""
    with postgres_cluster.fresh_database() as url:
        yield url


@dataclass
class Receiver:
    """Takes JSON POSTs on a real port. `secret` is part of its address, as with the webhooks of chat programs."""

    address: str
    secret: str
    answers: list[int] = field(default_factory=list)  # statuses to answer next; 200 when there are none left
    received: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Generator[Receiver]:
    found = Receiver(address="", secret=f"hook-{secrets.token_hex(8)}")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(found.answers.pop(0) if found.answers else 200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.address = f"http://127.0.0.1:{server.server_address[1]}/{found.secret}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def _binaries() -> Path:
    """The newest of Debian's folders, else where PATH leads."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path is not None:
        return Path(on_path).resolve().parent
    pytest.fail(f"Postgres is needed and not installed; install it with: {INSTALL}", pytrace=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_it_answers(cluster: PostgresCluster, supervisor: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            cluster.connect().close()
        except psycopg2.OperationalError as error:
            last = error
            time.sleep(0.05)
        else:
            return
    said = log.read_text() if log.exists() else ""
    pytest.fail(f"the Postgres cluster did not come up (exit {supervisor.poll()}): {last}\n{said}", pytrace=False)
