"""The account that the server runs as: the current one, or another one if that is root."""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from scripts.embedded.errors import EmbeddedError


class Account(NamedTuple):
    """An account of this machine that is not root."""

    name: str
    uid: int
    gid: int


def account_for(data: Path) -> Account | None:
    """The account to switch to for the server on `data`; None if no switch is needed.

    PostgreSQL refuses to run as root. An existing data directory keeps its owner, even if a new
    one would get another owner.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return _by_uid(owner)
    chosen = os.environ.get("EMBEDDED_DB_USER")
    for name in [chosen] if chosen else ["postgres", "nobody"]:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        f"PostgreSQL can't run as root, and there is no account {chosen or 'postgres or nobody'}",
        "set EMBEDDED_DB_USER to an account of this machine that is not root",
    )


def _by_uid(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(str(uid), uid, uid)
    return Account(entry.pw_name, uid, entry.pw_gid)


def run_as(
    account: Account | None,
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a command of the cluster as its account, in a new session; returns its output.

    The environment isn't passed on: it may contain secrets, and a server keeps its initial
    environment as long as it runs.
    """
    try:
        return subprocess.run(
            command,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": os.defpath, **environment},
            cwd="/",
            start_new_session=True,
            text=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except PermissionError as error:
        raise EmbeddedError(
            f"account {account.name if account else os.geteuid()} can't run {command[0]}",
            "set EMBEDDED_DB_CACHE to a folder that every account may enter and run programs in",
        ) from error
