"""A cheap copy of the project, for commands that leave something in its folder."""

import shutil
from pathlib import Path

from loader.configuration.settings import PROJECT


def scratch_checkout(folder: Path) -> Path:
    """A checkout without data that borrows this one's code and environment; its .env is empty."""
    folder.mkdir()
    for name in ("Makefile", "loader", "scripts", "dbt_project", "profiles"):
        (folder / name).symlink_to(PROJECT / name)
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy2(PROJECT / name, folder)
    (folder / ".venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (folder / ".venv" / name).symlink_to(PROJECT / ".venv" / name)
    (folder / ".venv" / ".ready").touch()
    (folder / ".env").touch(mode=0o644)
    return folder
