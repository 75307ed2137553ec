"""The Python environment that a fresh clone's first command makes (scripts/make_environment.sh)."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from loader.configuration.settings import PROJECT

DEADLINE = 120.0


class Clone:
    """What the script needs of a clone; its lock names no package, so that no index is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = folder / ".venv"
        self.ready = self.environment / ".ready"
        self._backend = folder / "backend"

    def make(self) -> None:
        self.folder.mkdir()
        for name in ("Makefile", "pyproject.toml", "README.md"):
            shutil.copy(PROJECT / name, self.folder / name)
        for name in ("loader", "scripts"):
            shutil.copytree(PROJECT / name, self.folder / name)
        (self.folder / "requirements.lock").touch()
        self._backend.mkdir()
        flit = find_spec("flit_core")
        assert flit is not None
        assert flit.submodule_search_locations
        (self._backend / "flit_core").symlink_to(flit.submodule_search_locations[0])

    def make_environment(self) -> None:
        with self.start_making() as making:
            _, errors = making.communicate(timeout=DEADLINE)
        assert making.returncode == 0, errors

    def start_making(self) -> subprocess.Popen[str]:
        script = "scripts/make_environment.sh"
        return subprocess.Popen(
            [script, sys.executable, ".venv", "requirements.lock", ".venv/.ready", "."],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self._backend)},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def start_waiting(self) -> subprocess.Popen[str]:
        """Start it where another command is at it, and see that it says so."""
        making = self.start_making()
        assert making.stderr is not None
        assert making.stderr.readline().startswith("waiting for another command")
        return making

    @property
    def pip(self) -> Path:
        """The folder of the package pip, there or not."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.environment / "lib" / version / "site-packages/pip"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another command is at it."""
        with (self.environment / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def is_ready_for_make(self) -> bool:
        question = ["make", "--question", ".venv/.ready"]
        return subprocess.run(question, cwd=self.folder, check=False).returncode == 0

    def has(self, program: str) -> bool:
        return (self.environment / "bin" / program).exists()


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path / "clone")
    made.make()
    return made


def test_one_that_was_ended_before_it_had_pip_is_made_whole(clone: Clone) -> None:
    venv.create(clone.environment, with_pip=False, symlinks=True)

    clone.make_environment()

    assert clone.has("pip")
    assert clone.has("loader")
    assert clone.is_ready_for_make()


def test_of_one_that_was_ended_nothing_is_kept(clone: Clone) -> None:
    with clone.start_making() as making:
        while not clone.pip.exists():
            assert making.poll() is None
            time.sleep(0.01)
        os.killpg(making.pid, signal.SIGKILL)
    assert not clone.is_ready_for_make()
    (clone.pip / "__main__.py").write_text("# does nothing, and that well")

    clone.make_environment()

    assert clone.has("loader")
    assert clone.is_ready_for_make()


def test_of_a_folder_that_was_moved_it_is_made_anew(clone: Clone, tmp_path: Path) -> None:
    clone.make_environment()
    assert clone.is_ready_for_make()
    moved = Clone(clone.folder.rename(tmp_path / "moved"))
    assert not moved.is_ready_for_make()

    moved.make_environment()

    assert moved.is_ready_for_make()
    program = (moved.environment / "bin/loader").read_text()
    assert str(moved.folder) in program
    assert str(clone.folder) not in program


def test_of_a_python_that_is_gone_it_is_made_anew(clone: Clone) -> None:
    clone.make_environment()
    python = clone.environment / "bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert not clone.is_ready_for_make()

    clone.make_environment()

    assert clone.is_ready_for_make()
    assert python.exists()


def test_two_at_once_install_once(clone: Clone) -> None:
    clone.make_environment()
    os.utime(clone.ready, (0, 0))  # as if the lock were newer
    assert not clone.is_ready_for_make()

    with clone.locked():
        second = clone.start_waiting()
        clone.ready.touch()

    assert second.communicate(timeout=DEADLINE)[1] == ""
    assert second.returncode == 0


def test_one_that_waited_for_a_failure_installs_itself(clone: Clone) -> None:
    clone.environment.mkdir()
    with clone.locked():
        second = clone.start_waiting()

    errors = second.communicate(timeout=DEADLINE)[1]
    assert second.returncode == 0, errors
    assert clone.is_ready_for_make()
