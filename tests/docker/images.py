"""The images that the containers are made from: the official ones, or stand-ins for them."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.docker.debian import SUITE, NoPackagesError, install, mirror
from tests.docker.engine import Engine, EngineUnavailable, last_line, run

PROJECT = Path(__file__).resolve().parents[2]
OFFICIAL_BASE = "debian:trixie-slim"
STANDIN_BASE = "fitbit-test/debian:trixie"
STANDIN_DATABASE = "fitbit-test/timescaledb:new"
STANDIN_OLD_DATABASE = "fitbit-test/timescaledb:old"
"""The same with a TimescaleDB one version older."""


@dataclass(frozen=True)
class Images:
    """What the tests use.

    Attributes:
        base: what Dockerfile builds on.
        database: what fitbit-db runs.
        pip_conf: a pip.conf with this machine's index, if it has one of its own.
    """

    base: str
    database: str
    pip_conf: Path | None


def make_images(engine: Engine) -> Images:
    """Pull or make what is needed; what a run before has made is taken as it is.

    Raises:
        EngineUnavailable: a stand-in can't be made here.
    """
    base = OFFICIAL_BASE
    if not _pulled(engine, base):
        base = STANDIN_BASE
        if not engine.docker("images", "--quiet", base).stdout:
            _import_base(engine)
    _try_a_container(engine, base)
    for name, argument in ((STANDIN_DATABASE, ""), (STANDIN_OLD_DATABASE, "1")):
        arguments = ["--build-arg", f"BASE_IMAGE={base}", "--build-arg", f"OLD={argument}"]
        engine.docker("build", "--tag", name, *arguments, str(Path(__file__).parent / "database"))
    official = os.environ.get("TEST_TIMESCALEDB_IMAGE", "")
    return Images(base, official or STANDIN_DATABASE, _pip_conf(engine))


def _pulled(engine: Engine, image: str) -> bool:
    try:
        return engine.docker("pull", "--quiet", image, check=False, timeout=120).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _try_a_container(engine: Engine, base: str) -> None:
    """Whether this machine lets the engine do what every test needs, before any of them fails."""
    limits = ["--memory", "64m", "--pids-limit", "50", "--cap-drop", "ALL", "--read-only"]
    limits += ["--security-opt", "no-new-privileges:true", "--tmpfs", "/tmp"]
    limits += ["--publish", "127.0.0.1::80"]
    ran = engine.docker("run", "--rm", *limits, base, "true", check=False)
    if ran.returncode != 0:
        raise EngineUnavailable(f"the engine can't run a container here: {last_line(ran.stderr)}")
    # Its failures are warnings only, so what counts is what it has fetched.
    fetch = "apt-get update -o Acquire::Retries=2 >&2 && ls /var/lib/apt/lists/*_Packages*"
    reached = engine.docker("run", "--rm", base, "sh", "-c", fetch, check=False)
    if reached.returncode != 0:
        raise EngineUnavailable(
            f"a container here can't reach Debian's packages: {last_line(reached.stderr)}"
        )


def _import_base(engine: Engine) -> None:
    """Debian 13's smallest system, with the certificate authorities that this machine trusts."""
    if os.geteuid() != 0:
        raise EngineUnavailable(f"{OFFICIAL_BASE} can't be pulled, and a stand-in needs root")
    if not shutil.which("debootstrap"):
        install(["debootstrap"])
    if not shutil.which("debootstrap"):
        raise EngineUnavailable(f"{OFFICIAL_BASE} can't be pulled, and there is no debootstrap")
    with tempfile.TemporaryDirectory(dir=engine.folder if engine.is_ours else None) as folder:
        root = Path(folder) / "root"
        try:
            source = mirror()
        except NoPackagesError as reason:
            raise EngineUnavailable(f"{OFFICIAL_BASE} can't be pulled; {reason}") from None
        made = run(["debootstrap", "--variant=minbase", SUITE, str(root), source], check=False)
        if made.returncode != 0:
            said = last_line(made.stderr or made.stdout)
            raise EngineUnavailable(f"debootstrap can't make a base image here: {said}")
        authorities = root / "usr/local/share/ca-certificates"
        authorities.mkdir(parents=True, exist_ok=True)
        for file in Path("/usr/local/share/ca-certificates").glob("*.crt"):
            shutil.copy(file, authorities)
        archive = Path(folder) / "root.tar"
        left_out = ["./var/cache/apt/archives/*.deb", "./var/lib/apt/lists/*"]
        excludes = [f"--exclude={pattern}" for pattern in left_out]
        run(["tar", "--create", "--file", str(archive), *excludes, "-C", str(root), "."])
        engine.docker("import", str(archive), STANDIN_BASE)


def _pip_conf(engine: Engine) -> Path | None:
    """The index that this machine's pip uses, if it was told of one."""
    found = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    index = os.environ.get("PIP_INDEX_URL") or found
    if not index:
        return None
    file = Path(tempfile.mkdtemp()) / "pip.conf"
    file.write_text(f"[global]\nindex-url = {index}\n")
    return file
