"""Packages from the machine's own Debian mirror."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

SUITE = "trixie"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class NoPackagesError(Exception):
    """Debian's packages can't be had here; says why."""


def install(packages: Sequence[str]) -> None:
    """Install those of the packages that this machine's release has."""
    subprocess.run(["apt-get", "--quiet=2", "update"], check=False, capture_output=True)
    known = [name for name in packages if "Candidate: (none)" not in _policy(name)]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "--quiet=2", "--assume-yes", "--no-install-recommends", "install"]
    subprocess.run([*command, *known], env=environment, check=False, capture_output=True)


def _policy(package: str) -> str:
    result = subprocess.run(
        ["apt-cache", "policy", package],
        env=os.environ | {"LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout if "Candidate:" in result.stdout else "Candidate: (none)"


def mirror() -> str:
    """The Debian mirror that this machine installs from.

    Raises:
        NoPackagesError: there is none.
    """
    wanted = "$(COMPONENT) $(RELEASE) $(ORIGIN) $(REPO_URI)"
    lines = subprocess.run(
        ["apt-get", "indextargets", "--format", wanted, "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for line in lines:
        component, release, origin, address = line.split(" ", 3)
        if component == "main" and "-" not in release and origin == "Debian":
            return address
    raise NoPackagesError("this machine's package sources have no Debian mirror")


def fetch(folder: Path, packages: Sequence[str]) -> list[Path]:
    """Fetch packages of Debian 13 on any release, their signatures checked.

    Raises:
        NoPackagesError: they can't be fetched.
    """
    (folder / "lists/partial").mkdir(parents=True)
    (folder / "archives/partial").mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror()} {SUITE} main\n")
    (folder / "apt.conf").write_text(
        f'Dir::State "{folder}";\nDir::State::status "{folder}/status";\n'
        f'Dir::Cache "{folder}";\nDir::Etc::sourcelist "{folder}/sources.list";\n'
        'Dir::Etc::sourceparts "/dev/null";\nAcquire::Languages "none";\n'
        'APT::Sandbox::User "root";\n'
    )
    environment = os.environ | {"APT_CONFIG": str(folder / "apt.conf")}
    for command in (["update"], ["download", *packages]):
        done = subprocess.run(
            ["apt-get", "--quiet=2", *command],
            env=environment,
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise NoPackagesError(f"apt-get {command[0]}: {done.stderr.strip()[-300:]}")
    return sorted(folder.glob("*.deb"))
