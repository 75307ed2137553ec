"""The Java that Spark runs on."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from loader.errors import ExitCode, LoaderError

OLDEST = 17
"""The oldest version that Spark 4 runs on: https://spark.apache.org/docs/4.0.0/#downloading"""

INSTALL = "Debian and Ubuntu: apt install openjdk-17-jre-headless"


class NoJavaError(LoaderError):
    """There is no Java, or it is too old."""

    exit_code = ExitCode.DATABASE


def require_java(environ: Mapping[str, str]) -> int:
    """The version of the Java that Spark would start.

    Raises:
        NoJavaError: there is none, it can't be started, or it is older than 17.
    """
    program = _program(environ)
    if program is None:
        raise NoJavaError("Spark needs Java, and there is none on PATH or in JAVA_HOME", INSTALL)
    version = _version(program)
    if version is None:
        raise NoJavaError(f"{program} can't say its version", f"correct JAVA_HOME, or {INSTALL}")
    if version < OLDEST:
        raise NoJavaError(
            f"Spark needs Java {OLDEST} or newer, and {program} is {version}",
            f"{INSTALL}; then set JAVA_HOME to its folder",
        )
    return version


def _program(environ: Mapping[str, str]) -> Path | None:
    """Where Spark looks: in JAVA_HOME alone if it is set."""
    home = environ.get("JAVA_HOME")
    if home:
        program = Path(home, "bin", "java")
        return program if program.exists() else None
    found = shutil.which("java", path=environ.get("PATH"))
    return Path(found) if found else None


def _version(program: Path) -> int | None:
    """17 of ``17.0.15``, 8 of ``1.8.0_402``."""
    try:
        done = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    return int(found[1]) if found else None
