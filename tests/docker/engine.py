"""Finds the machine's Docker engine, or starts one: Debian's, in folders of its own."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.docker.debian import NoPackagesError, fetch, install

STARTS_WITHIN = 60.0


class EngineUnavailable(Exception):  # noqa: N818 (a reason to skip, not an error)
    """Why there is no engine here."""


class Engine:
    """How to talk to an engine; `stop` ends it if it is ours."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self.folder = folder
        # Nothing else of the environment: it would override the settings in a test's .env.
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            **variables,
        }
        self._daemon: subprocess.Popen[bytes] | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it was started here, so that it may be restarted."""
        return self._daemon is not None

    def docker(
        self, *arguments: str, check: bool = True, timeout: float = 900
    ) -> subprocess.CompletedProcess[str]:
        """Run the docker command; a failure shows what it said."""
        return run(["docker", *arguments], self.environment, check=check, timeout=timeout)

    def answers(self) -> bool:
        """Whether an engine is there."""
        return self.docker("info", check=False).returncode == 0

    def start(self) -> None:
        """Start an engine of our own.

        Raises:
            EngineUnavailable: it does not come up; gives the end of its log.
        """
        socket = self.folder / "docker.sock"
        self.environment["DOCKER_HOST"] = f"unix://{socket}"
        log = self.folder / "dockerd.log"
        command = ["dockerd", "--host", f"unix://{socket}", "--pidfile", f"{self.folder}/pid"]
        command += ["--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/exec"]
        with log.open("wb") as output:
            self._daemon = subprocess.Popen(
                command, stdout=output, stderr=output, start_new_session=True
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while not self.answers():
            if self._daemon.poll() is not None or time.monotonic() > deadline:
                self.stop()
                said = last_line(log.read_text(errors="replace"))
                raise EngineUnavailable(f"dockerd does not start here: {said}")
            time.sleep(0.5)

    def stop(self) -> None:
        """End the engine if it is ours; with it end the containers, as at a reboot."""
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.wait(60)
            self._daemon = None


def run(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    check: bool = True,
    timeout: float = 900,
    folder: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command; a failure shows what it said."""
    result = subprocess.run(
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    if check and result.returncode != 0:
        said = f"{result.stdout[-3000:]}\n{result.stderr[-3000:]}"
        raise AssertionError(f"{' '.join(command)} ended with {result.returncode}:\n{said}")
    return result


def last_line(said: str) -> str:
    """What a program gave as its reason."""
    return said.strip().rpartition("\n")[2] or "it does not say why"


def find_or_start(folder: Path) -> Engine:
    """The engine that answers here, else a new one.

    Raises:
        EngineUnavailable: there is none and none can be had.
    """
    chosen = {name: os.environ[name] for name in os.environ if name.startswith("DOCKER_")}
    engine = Engine(folder, chosen)
    if not (shutil.which("docker") and engine.answers()):
        if os.geteuid() != 0:
            raise EngineUnavailable("no engine runs, and only root may start one")
        folder.mkdir(mode=0o711, exist_ok=True)
        _need(["dockerd", "docker", "iptables"], ["docker.io", "docker-cli", "iptables"])
        engine.start()
    try:
        _add_plugins(engine)
    except EngineUnavailable:
        engine.stop()
        raise
    return engine


def _need(programs: Sequence[str], packages: Sequence[str]) -> None:
    if all(map(shutil.which, programs)):
        return
    if not shutil.which("apt-get"):
        raise EngineUnavailable(f"{', '.join(programs)} are missing, and there is no apt-get")
    install(packages)
    if missing := [name for name in programs if not shutil.which(name)]:
        raise EngineUnavailable(f"Debian's packages did not bring {', '.join(missing)}")


def _add_plugins(engine: Engine) -> None:
    """`docker compose` and `docker buildx`: Debian 12 has none, Debian 13's run there too."""
    commands = ("compose", "buildx")
    if all(engine.docker(name, "version", check=False).returncode == 0 for name in commands):
        return
    configuration = engine.folder / "client"
    plugins = configuration / "cli-plugins"
    if not plugins.exists():
        if not shutil.which("apt-get"):
            raise EngineUnavailable("docker compose is missing, and there is no apt-get")
        plugins.mkdir(parents=True)
        try:
            packages = fetch(engine.folder / "packages", ["docker-compose", "docker-buildx"])
        except NoPackagesError as reason:
            raise EngineUnavailable(f"docker compose can't be had: {reason}") from None
        for package in packages:
            run(["dpkg-deb", "-x", str(package), str(package.parent / "tree")])
        tree = engine.folder / "packages/tree/usr/libexec/docker/cli-plugins"
        for plugin in tree.iterdir():
            shutil.move(plugin, plugins)
        shutil.rmtree(engine.folder / "packages")
    engine.environment["DOCKER_CONFIG"] = str(configuration)
