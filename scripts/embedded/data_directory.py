"""Creates a data directory atomically."""

import os
import secrets
import shutil
from pathlib import Path

from scripts.embedded.account import Account, account_for, run_as
from scripts.embedded.connection import SUPERUSER
from scripts.embedded.errors import EmbeddedError
from scripts.embedded.places import MARKER, marked_owner
from scripts.embedded.programs import Programs

SETTINGS_FILE = "settings.conf"
PASSWORD_FILE = "initdb.password"
UNFINISHED_MARKER = f"{MARKER}.new"
UNFINISHED = "data.new-"
"""The prefix of data directories in which initdb is working. Each attempt has its own, because the
initdb of a killed attempt may still be writing."""

ERROR_MARKS = ("FATAL:", "PANIC:", "ERROR:", "error:")
"""What marks an error in the output of PostgreSQL's programs and in its log."""


def claim(directory: Path, home: Path) -> None:
    """Create a cluster's directory, or check that it is ours and not a copy.

    `home` is the folder of its connection file; the caller holds its lock.
    """
    owner = marked_owner(directory)
    if owner is None:
        _make_directory(directory, home)
    elif owner != home and owner.exists() and not (home.exists() and owner.samefile(home)):
        raise EmbeddedError(
            f"{directory} was copied from {owner}'s, perhaps while its server was writing",
            "`python -m scripts.embedded remove` to delete the copy, then load the files again",
        )
    if owner != home:
        _mark(directory, home)


def _mark(directory: Path, home: Path) -> None:
    """Write the cluster's owner atomically, also in case of a power cut."""
    unfinished = directory / UNFINISHED_MARKER
    with unfinished.open("w") as file:
        file.write(f"{home}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(directory / MARKER)


def _make_directory(directory: Path, home: Path) -> None:
    if directory.exists() and directory != home:
        others = [path.name for path in directory.iterdir() if path.name != UNFINISHED_MARKER]
        if others:
            raise EmbeddedError(
                f"{directory} is not an embedded database and contains {others[0]}",
                "set EMBEDDED_DB_DIR to an empty or a new folder",
            )
    directory.mkdir(parents=True, exist_ok=True)
    # As root, it stays root's, so that the account can't redirect our writes with a symlink.
    directory.chmod(0o711 if os.geteuid() == 0 else 0o700)


def make(programs: Programs, directory: Path, password: str) -> None:
    """Create directory/data, with `password` for the superuser. It must not exist yet."""
    data = directory / "data"
    account = account_for(data)
    remove_unfinished(directory)
    unfinished = directory / (UNFINISHED + secrets.token_hex(4))
    own_folder(unfinished, account)
    password_file = directory / PASSWORD_FILE
    password_file.unlink(missing_ok=True)
    try:
        _write_for(account, password_file, password)
        _initdb(programs, account, unfinished, password_file)
    finally:
        password_file.unlink(missing_ok=True)
    with (unfinished / "postgresql.conf").open("a") as configuration:
        configuration.write(f"\ninclude '../{SETTINGS_FILE}'\n")
        configuration.flush()
        os.fsync(configuration.fileno())
    unfinished.rename(data)
    _sync_folder(directory)  # or a power cut could undo the rename and lose all data


def remove_unfinished(directory: Path) -> None:
    """Delete the remains of killed attempts to create a data directory."""
    for leftover in directory.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _initdb(programs: Programs, account: Account | None, data: Path, password_file: Path) -> None:
    command: list[str | Path] = [
        programs.path("initdb"),
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
        "--no-instructions",
    ]
    result = run_as(account, command, program_environment(programs))
    if result.returncode != 0:
        name = account.name if account else "this account"
        raise EmbeddedError(
            f"initdb failed: {last_error(result.stdout)}",
            f"check for free space, and that {name} can access {data.parent}, "
            "or set EMBEDDED_DB_DIR to another place",
        )


def set_superuser_password(programs: Programs, data: Path, password: str) -> None:
    """Set the password on a stopped cluster, without knowing the old one."""
    command: list[str | Path] = [programs.path("postgres"), "--single", "-D", data]
    command += ["-c", "log_min_error_statement=panic", "postgres"]
    result = run_as(
        account_for(data),
        command,
        program_environment(programs),
        f"alter role {SUPERUSER} password '{password}'\n",
    )
    if result.returncode != 0:
        raise EmbeddedError(
            f"the lost connection file can't be recreated: {last_error(result.stdout)}",
            f"see the server's log in {data.parent / 'log'}",
        )


def program_environment(programs: Programs) -> dict[str, str]:
    """The environment of PostgreSQL's programs: English messages, the tree's own locales."""
    return {"LOCPATH": str(programs.locales), "LC_MESSAGES": "C"}


def own_folder(path: Path, account: Account | None) -> None:
    """Create a private folder of the account if it doesn't exist."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return
    if account:
        os.chown(path, account.uid, account.gid)


def _write_for(account: Account | None, path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        if account:
            os.fchown(file.fileno(), account.uid, account.gid)
        file.write(text + "\n")


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def last_error(text: str) -> str:
    """The last line with an error, otherwise the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if any(mark in line for mark in ERROR_MARKS)]
    return (errors or lines or ["no reason given"])[-1]
