"""Downloads packages from Debian with a private apt.

The private apt has its own state, cache and source list. From the machine's configuration it
takes only the network settings, and it checks signatures with the machine's Debian keyring.
"""

import os
import re
import shutil
import subprocess
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scripts.embedded.errors import EmbeddedError, unavailable
from scripts.embedded.progress import step

SUITE = "trixie"

WANTED = (
    "postgresql-17",
    "postgresql-client-17",
    "postgresql-17-timescaledb",
    "libc-bin",  # the locale C.UTF-8
)

LEFT_OUT = (
    "debconf",
    "libaudit-common",
    "libllvm19",
    "libsasl2-modules-db",
    "locales",
    "postgresql-client-common",
    "postgresql-common",
    "readline-common",
    "sensible-utils",
    "ssl-cert",
)
"""Dependencies of the wanted packages that a private server without JIT doesn't load.

They are declared as installed, so that apt also leaves out the packages that only they need.
"""

KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
)

SOURCE_FORMAT = "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)"


class Package(NamedTuple):
    """A package to download."""

    name: str
    version: str
    size: int

    @property
    def upstream_version(self) -> str:
        """The version without Debian's epoch, repacking and revision."""
        return re.split(r"[-+~]", self.version.rpartition(":")[2])[0]


class Apt:
    """A private apt in `folder` that has found a mirror with the suite."""

    def __init__(self, folder: Path) -> None:
        """Find a mirror and download its index. Raises EmbeddedError if that fails."""
        if not shutil.which("apt-get") or not shutil.which("dpkg"):
            raise unavailable("it is installed from Debian's packages, and there is no apt-get")
        self._keyring = next((path for path in KEYRINGS if path.exists()), None)
        if self._keyring is None:
            raise unavailable(
                f"there is no Debian keyring ({KEYRINGS[1]}) to check signatures with",
                "install the package debian-archive-keyring",
            )
        self._folder = folder
        self._architecture = _output(["dpkg", "--print-architecture"]).strip()
        self._lay_out()
        self._take_first_mirror_that_works()

    def _lay_out(self) -> None:
        for name in ("lists/partial", "cache/archives/partial"):
            (self._folder / name).mkdir(parents=True)
        (self._folder / "status").write_text(
            "".join(_installed_stanza(name, self._architecture) for name in LEFT_OUT)
        )
        (self._folder / "apt.conf").write_text(_apt_configuration(self._folder, self._architecture))

    def _take_first_mirror_that_works(self) -> None:
        refusals = []
        for mirror in _mirrors():
            (self._folder / "sources.list").write_text(
                f"deb [arch={self._architecture} signed-by={self._keyring}] {mirror} {SUITE} main\n"
            )
            result = self._run("update")
            if result.returncode == 0:
                return
            refusals.append(f"{mirror}: {_first_error(result.stderr)}")
        remedy = f"set EMBEDDED_DB_MIRROR to a Debian mirror that has {SUITE} and can be reached"
        if not refusals:
            raise unavailable("no Debian mirror is among this machine's package sources", remedy)
        raise unavailable(f"Debian {SUITE} can't be downloaded from {refusals[0]}", remedy)

    def packages(self) -> list[Package]:
        """The wanted packages and their dependencies, except those to leave out."""
        result = self._checked("--print-uris", "install", *WANTED)
        return [_parse_uri_line(line) for line in result.splitlines() if line.startswith("'")]

    def fetch(self) -> list[Path]:
        """Download these packages; returns their verified files, largest first."""
        self._checked("--download-only", "install", *WANTED)
        files = (self._folder / "cache/archives").glob("*.deb")
        return sorted(files, key=lambda file: file.stat().st_size, reverse=True)

    def _checked(self, *arguments: str) -> str:
        result = self._run(*arguments)
        if result.returncode != 0:
            raise unavailable(
                f"apt-get {arguments[0]} failed: {_first_error(result.stderr)}",
                "set EMBEDDED_DB_MIRROR to another Debian mirror",
            )
        return result.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"APT_CONFIG": str(self._folder / "apt.conf"), "LC_ALL": "C"}
        return subprocess.run(
            ["apt-get", "--quiet=2", "--assume-yes", *arguments],
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            umask=0o022,
        )


def _installed_stanza(package: str, architecture: str) -> str:
    return (
        f"Package: {package}\nStatus: install ok installed\nArchitecture: {architecture}\n"
        "Multi-Arch: foreign\nVersion: 9999:0\nMaintainer: none\nDescription: left out\n\n"
    )


def _apt_configuration(folder: Path, architecture: str) -> str:
    """The complete configuration of the private apt."""
    return "\n".join(
        [
            'Acquire::Retries "1";',
            'Acquire::http::Timeout "20";',
            'Acquire::https::Timeout "20";',
            *_network_settings(),
            # Accept nothing unsigned, even if the machine's configuration does.
            'Acquire::AllowInsecureRepositories "false";',
            'Acquire::AllowWeakRepositories "false";',
            'Acquire::AllowDowngradeToInsecureRepositories "false";',
            'APT::Get::AllowUnauthenticated "false";',
            'Acquire::Languages "none";',
            'APT::Update::Error-Mode "any";',  # otherwise update succeeds without an index
            'APT::Install-Recommends "false";',
            f'APT::Architecture "{architecture}";',
            f'APT::Architectures "{architecture}";',
            f'Dir::State "{folder}";',
            f'Dir::State::lists "{folder}/lists";',
            f'Dir::State::status "{folder}/status";',
            f'Dir::Cache "{folder}/cache";',
            f'Dir::Etc::sourcelist "{folder}/sources.list";',
            'Dir::Etc::sourceparts "/dev/null";',
            'Dir::Etc::preferences "/dev/null";',
            'Dir::Etc::preferencesparts "/dev/null";',
            'Dir::Etc::main "/dev/null";',
            'Dir::Etc::parts "/dev/null";',
            "",
        ]
    )


def _network_settings() -> Iterator[str]:
    """The network settings of the machine's apt: proxies, certificates, timeouts."""
    for line in _output(["apt-config", "dump"]).splitlines():
        if re.match(r"Acquire::(?!IndexTargets|Languages|GzipIndexes|Allow)\S+ \".*\";$", line):
            yield line


def _mirrors() -> list[str]:
    """Debian mirrors: the configured one, or those that this machine uses."""
    if override := os.environ.get("EMBEDDED_DB_MIRROR"):
        if len(override.split()) != 1 or "[" in override:
            raise EmbeddedError(
                f"EMBEDDED_DB_MIRROR is not an address: {override!r}",
                "set it to the address of a Debian mirror's folder",
            )
        return [override]
    indexes = ["apt-get", "indextargets", "--format", SOURCE_FORMAT, "Created-By: Packages"]
    # Before the first `apt-get update`, a machine knows its sources, but not their origin.
    found = _output(indexes) or _output([*indexes, "--no-release-info"])
    sources = [line.split(" ", 3) for line in found.splitlines()]
    return list(
        dict.fromkeys(
            address
            for address, release, component, origin in sources
            if component == "main" and "-" not in release and origin in ("Debian", "$(ORIGIN)")
        )
    )


def _parse_uri_line(line: str) -> Package:
    """Read a line of `apt-get --print-uris`: 'address' file size hash."""
    _, file, size, *_ = line.split(" ")
    name, version, _ = urllib.parse.unquote(file).split("_")
    return Package(name, version, int(size))


def _first_error(stderr: str) -> str:
    errors = [line for line in stderr.splitlines() if line.startswith(("E:", "W:"))]
    errors.sort(key=lambda line: line[0])
    return errors[0][2:].strip() if errors else "apt-get gave no reason"


def _output(command: list[str]) -> str:
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    ).stdout


def fetch_packages(folder: Path) -> tuple[list[Path], dict[str, str]]:
    """Download everything into `folder`; returns the package files and the two main versions."""
    with step(f"looking for TimescaleDB in the package lists of Debian {SUITE}"):
        apt = Apt(folder)
        packages = apt.packages()
    by_name = {package.name: package.upstream_version for package in packages}
    versions = {
        "postgresql": by_name["postgresql-17"],
        "timescaledb": by_name["postgresql-17-timescaledb"],
    }
    megabytes = sum(package.size for package in packages) / 1e6
    with step(
        f"fetching TimescaleDB {versions['timescaledb']} for PostgreSQL {versions['postgresql']} "
        f"from Debian {SUITE}: {len(packages)} packages, {megabytes:.0f} MB"
    ):
        return apt.fetch(), versions
