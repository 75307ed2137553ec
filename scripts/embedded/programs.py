"""PostgreSQL's programs, unpacked into a private folder and patched to run from there."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.embedded.debian import fetch_packages
from scripts.embedded.errors import EmbeddedError, unavailable
from scripts.embedded.locks import file_lock
from scripts.embedded.places import CHECKOUT, cache_folder
from scripts.embedded.progress import step

RECIPE = 1
"""Increase this after a change in the packages or in the patching, to create a new folder."""

BIN = "usr/lib/postgresql/17/bin"
VERSIONS = "versions.json"

TIME_ZONES = Path("/usr/share/zoneinfo")
"""The only data that Debian's PostgreSQL reads from a fixed path outside its tree."""


class Programs:
    """The folder of the programs; it doesn't have to exist."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, program: str) -> Path:
        """One of PostgreSQL's programs: psql, initdb, pg_ctl, …"""
        return self.root / BIN / program

    @property
    def locales(self) -> Path:
        """The folder where the tree's own C library finds the locale C.UTF-8."""
        return self.root / "usr/lib/locale"

    @property
    def versions(self) -> dict[str, str]:
        """The versions of "postgresql" and "timescaledb"; empty if there are no programs."""
        try:
            return dict(json.loads((self.root / VERSIONS).read_text()))
        except FileNotFoundError:
            return {}

    def __str__(self) -> str:
        """Both names and versions, for people."""
        versions = {"postgresql": "?", "timescaledb": "?"} | self.versions
        return f"PostgreSQL {versions['postgresql']}, TimescaleDB {versions['timescaledb']}"


def find() -> Programs | None:
    """This user's programs, or None if they haven't been downloaded."""
    programs = Programs(cache_folder() / _name())
    return programs if programs.root.exists() else None


def find_or_fetch() -> Programs:
    """This user's programs; downloads them first if necessary."""
    if programs := find():
        return programs
    if sys.platform != "linux":
        raise unavailable(f"Debian's programs run on Linux, but this is {sys.platform}")
    if not TIME_ZONES.exists():
        raise unavailable(f"there are no time zones in {TIME_ZONES}", "install the package tzdata")
    patchelf = find_patchelf()
    cache = cache_folder()
    _make_cache(cache)
    with file_lock(cache / "lock", "waiting for another process that downloads TimescaleDB"):
        programs = Programs(cache / _name())
        if not programs.root.exists():  # another process may have created it meanwhile
            _build(programs, patchelf)
    return programs


def _name() -> str:
    return f"timescaledb-postgresql17-{os.uname().machine}-recipe{RECIPE}"


def _make_cache(cache: Path) -> None:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:  # the server's account must have access, whatever our umask
            cache.chmod(0o755)
    except OSError as error:
        raise EmbeddedError(
            f"the folder for the programs can't be made: {error}",
            "set EMBEDDED_DB_CACHE to a folder that you may write to",
        ) from error


def find_patchelf() -> str:
    """patchelf, which makes programs load their libraries from the folder they are unpacked in."""
    installed = [Path(sys.executable).parent, CHECKOUT / ".venv/bin"]
    search = os.pathsep.join([*map(str, installed), os.environ.get("PATH", os.defpath)])
    if found := shutil.which("patchelf", path=search):
        return found
    raise EmbeddedError(
        "patchelf, which makes Debian's programs run from a private folder, is missing",
        "install this project's requirements into .venv (patchelf is one of them)",
    )


def _build(programs: Programs, patchelf: str) -> None:
    """Download and unpack next to the final path, then rename, so that no tree is incomplete."""
    cache = programs.root.parent
    for leftover in cache.glob("building-*"):
        shutil.rmtree(leftover, ignore_errors=True)  # its apt may still be running and writing
    building = Path(tempfile.mkdtemp(prefix="building-", dir=cache))
    try:
        building.chmod(0o755)  # apt downloads as a separate account
        packages, versions = fetch_packages(building)
        tree = building / "tree"
        tree.mkdir()
        tree.chmod(0o755)
        with step(f"unpacking them into {programs.root}"):
            _unpack(packages, tree)
            _make_runnable(tree, programs.root, patchelf)
            (tree / VERSIONS).write_text(json.dumps(versions))
            (tree / VERSIONS).chmod(0o644)
            # Without this, a power cut could leave empty files under the final name.
            _run(["sync", "--file-system", tree], "write the programs to disk")
        tree.rename(programs.root)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _unpack(packages: list[Path], tree: Path) -> None:
    def unpack(package: Path) -> None:
        _run(["dpkg-deb", "--extract", package, tree], f"unpack {package.name}")

    _at_once(unpack, packages)


def _make_runnable(tree: Path, final: Path, patchelf: str) -> None:
    """Make the programs of `tree` run with its own C library after it is renamed to `final`.

    They may need a newer C library than the machine has. RPATH, not RUNPATH, because it also
    applies to the libraries of modules that the server loads.
    """
    postgres = tree / BIN / "postgres"
    named = _run([patchelf, "--print-interpreter", postgres], "read postgres").strip()
    loader = tree / "usr" / named.lstrip("/")  # Debian's /lib is a link to /usr/lib
    libraries = next(tree.glob("usr/lib/*-linux-*/libc.so.6")).parent
    interpreter = final / loader.relative_to(tree)
    rpath = final / libraries.relative_to(tree)

    def patch(program: Path) -> None:
        command: list[str | Path] = [patchelf, "--set-interpreter", interpreter]
        command += ["--force-rpath", "--set-rpath", rpath, program]
        _run(command, f"patch {program.name}")

    _at_once(patch, list(_elf_files(tree / BIN)))
    for program in ("postgres", "initdb", "pg_ctl", "psql", "pg_dump", "pg_restore"):
        trial: list[str | Path] = [loader, "--library-path", libraries, tree / BIN / program]
        _run([*trial, "--version"], f"try {program}")


def _elf_files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        with path.open("rb") as file:
            if file.read(4) == b"\x7fELF":
                yield path


def _at_once(work: Callable[[Path], None], items: list[Path]) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(work, items))


def _run(command: Sequence[str | Path], purpose: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False, umask=0o022)
    if result.returncode != 0:
        reason = (result.stderr or result.stdout).strip().splitlines() or ["no reason given"]
        raise EmbeddedError(
            f"could not {purpose}: {reason[-1]}",
            f"check for free space in {cache_folder()}, or set EMBEDDED_DB_CACHE",
        )
    return result.stdout
