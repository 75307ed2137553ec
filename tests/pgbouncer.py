"""A real PgBouncer in front of a server, in any of its modes."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.waiting import until

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")

SETTINGS = """
[databases]
* = host={PGHOST} port={PGPORT} user={PGUSER} password={PGPASSWORD}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
{more}
"""


@contextmanager
def pgbouncer(
    folder: Path, server: Mapping[str, str], mode: str, more: str = ""
) -> Iterator[dict[str, str]]:
    """Run one; gives the variables that lead through it to the server."""
    if PROGRAM is None:
        pytest.skip("there is no pgbouncer on this machine (apt-get install pgbouncer)")
    port = str(_free_port())
    file = folder / "pgbouncer.ini"
    file.write_text(SETTINGS.format(**server, port=port, mode=mode, more=more))
    command = [PROGRAM, str(file)]
    if os.geteuid() == 0:  # it refuses to run as root
        folder.chmod(0o755)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    through = {**server, "PGPORT": port}
    try:
        until(lambda: process.poll() is not None or _answers(through), "pgbouncer to answer")
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        yield through
    finally:
        process.kill()
        process.communicate()


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


def _answers(server: Mapping[str, str]) -> bool:
    try:
        with closing(socket.create_connection((server["PGHOST"], int(server["PGPORT"])))):
            return True
    except OSError:
        return False
