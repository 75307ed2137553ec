"""Programs for Node, which a few tests run; the versions are pinned in their package-lock.json."""

import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGES = ("package.json", "package-lock.json")


def install(program: Path, folder: Path) -> Path:
    """A copy of the program in the folder, with the packages that its folder's lock names.

    Skips the test if there is no npm or if the packages can't be downloaded.
    """
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    for name in (program.name, *PACKAGES):
        shutil.copy(program.with_name(name), folder)
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1]
        pytest.skip(f"the packages of {program.name} can't be downloaded: {reason}")
    return folder / program.name
