"""Finds the server of a data directory from its pid file and the process table."""

import contextlib
import os
import signal
import socket
import time
from pathlib import Path
from typing import NamedTuple

NO_PROCESS = 2**31 - 1
"""A pid above all that Linux assigns."""


class Postmaster(NamedTuple):
    """A running server, as described by its pid file."""

    pid: int
    port: int
    status: str  # "starting", "ready" or "stopping"


def postmaster_on(data: Path) -> Postmaster | None:
    """The server that runs on `data`; a stale pid file doesn't count."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    if not is_postmaster(pid, data):
        return None
    port = int(lines[3]) if len(lines) > 3 else 0
    return Postmaster(pid, port, lines[7].strip() if len(lines) > 7 else "starting")


def is_postmaster(pid: int, data: Path) -> bool:
    """Whether this process is a server on `data`."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    if os.path.basename(arguments[0]) != b"postgres":
        return False
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", data)  # holds after the checkout was moved
    except OSError:  # the data is deleted, or this container's root may not read /proc/PID/cwd
        return os.fsencode(data) in arguments


def postmasters_on(data: Path) -> list[int]:
    """All servers on `data`, even if its pid file is missing."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in pids if is_postmaster(pid, data)]


def children_of(pid: int) -> list[int]:
    """The child processes of `pid` that are still running."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            # The name in parentheses may contain spaces and parentheses; the parent's pid follows.
            fields = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(name))
    return found


def accepts_connections(port: int) -> bool:
    """Whether a process listens on this loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def free_port(first: int) -> int:
    """The first free loopback port from `first` on."""
    for port in range(first, 65536):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL binds
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("every loopback port is taken")


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process, which may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def wait_for_end(pids: list[int], seconds: float) -> bool:
    """Wait until none of these processes is running; False after a timeout."""
    deadline = time.monotonic() + seconds
    while any(map(_runs, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _runs(pid: int) -> bool:
    try:
        # A zombie (it has ended, but its parent hasn't waited for it) has no command line.
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


def disown_pid_file(data: Path) -> None:
    """Replace the pid in a stale pid file by an unused one, so that PostgreSQL treats it as stale.

    After a reboot another process may have that pid, and PostgreSQL would refuse to start. The
    file isn't deleted: from its other lines, PostgreSQL detects server processes that outlived
    their postmaster and still write to the data.
    """
    path = data / "postmaster.pid"
    try:
        with open(os.open(path, os.O_RDWR | os.O_NOFOLLOW), "r+", encoding="utf-8") as file:
            rest = file.read().partition("\n")[2]
            file.seek(0)
            file.write(f"{NO_PROCESS}\n{rest}")
            file.truncate()
    except FileNotFoundError:
        pass
