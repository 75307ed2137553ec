"""The folders of the embedded database."""

import os
import zlib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CONNECTION_FILE = CHECKOUT / ".embedded" / "connection.json"
PROJECT = "fitbit-heart-rate"

MARKER = "checkout"
"""A file in every cluster's directory that marks it as ours and names its connection folder."""


def cache_folder() -> Path:
    """The folder of the programs, shared by all checkouts of this user."""
    if override := os.environ.get("EMBEDDED_DB_CACHE"):
        return Path(override).absolute()
    if os.geteuid() == 0:
        return Path("/var/cache", PROJECT)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", PROJECT).absolute()


def cluster_directory(recorded: Path | None) -> Path:
    """The directory of this checkout's cluster; `recorded` is the one in its connection file.

    The recorded directory is used if it belongs to this checkout: a moved checkout keeps its
    database, and a copied one gets its own.
    """
    if override := os.environ.get("EMBEDDED_DB_DIR"):
        return Path(override).absolute()
    if recorded is not None and _is_ours(recorded):
        return recorded
    if os.geteuid() != 0:
        return CHECKOUT / ".embedded"
    # The server's account may have no access to the checkout (for example in root's home).
    path = os.fsencode(CHECKOUT)
    return Path("/var/lib", PROJECT, f"{CHECKOUT.name}-{zlib.crc32(path):08x}")


def _is_ours(directory: Path) -> bool:
    owner = marked_owner(directory)
    if owner is None:
        return False
    ours = CONNECTION_FILE.parent
    return owner == ours or not owner.exists() or (ours.exists() and owner.samefile(ours))


def marked_owner(directory: Path) -> Path | None:
    """The folder whose connection file belongs to the cluster in `directory`, or None."""
    try:
        return Path((directory / MARKER).read_text().rstrip("\n"))
    except OSError:
        return None
