"""Where the embedded database keeps its things."""

import os
import zlib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CONNECTION_FILE = CHECKOUT / ".embedded" / "connection.json"
PROJECT = "fitbit-heart-rate"

MARKER = "checkout"
"""A file in every cluster's directory: it says that we made it, and for which folder."""


def cache_folder() -> Path:
    """Where the programs are kept, once for all checkouts of this user."""
    if override := os.environ.get("EMBEDDED_DB_CACHE"):
        return Path(override).absolute()
    if os.geteuid() == 0:
        return Path("/var/cache", PROJECT)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", PROJECT).absolute()


def cluster_directory(recorded: Path | None) -> Path:
    """Where this checkout's cluster lies; `recorded` is what its connection file says.

    The recorded place is kept while it is this checkout's: a checkout that was moved takes its
    database along, and one that was copied gets its own.
    """
    if override := os.environ.get("EMBEDDED_DB_DIR"):
        return Path(override).absolute()
    if recorded is not None and _is_ours(recorded):
        return recorded
    if os.geteuid() != 0:
        return CHECKOUT / ".embedded"
    # The server's account may be unable to enter the checkout (root's home, for one).
    path = os.fsencode(CHECKOUT)
    return Path("/var/lib", PROJECT, f"{CHECKOUT.name}-{zlib.crc32(path):08x}")


def _is_ours(directory: Path) -> bool:
    owner = marked_owner(directory)
    if owner is None:
        return False
    ours = CONNECTION_FILE.parent
    return owner == ours or not owner.exists() or (ours.exists() and owner.samefile(ours))


def marked_owner(directory: Path) -> Path | None:
    """The folder whose connection file belongs to the cluster in `directory`, if there is one."""
    try:
        return Path((directory / MARKER).read_text().rstrip("\n"))
    except OSError:
        return None
