"""Run dbt on Spark, in the environment that has both."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence

from loader.configuration.settings import PROJECT, Settings
from loader.errors import DbtFailedError
from scripts.spark.archive import SparkArchive

VENV = PROJECT / ".venv-spark"

SESSION, THRIFT = "spark", "spark_thrift"
"""The targets of the profile: Spark in dbt's process, and a server that ``SPARK_HOST`` names."""

SELECTION = ("--select", "tag:daily")
"""What is rolled up from heart_rate, and its seeds."""


def target(environ: Mapping[str, str]) -> str:
    """The target that the environment chooses."""
    return THRIFT if environ.get("SPARK_HOST") else SESSION


def build(
    settings: Settings, archive: SparkArchive, arguments: Sequence[str], *, full: bool
) -> None:
    """Build the marts; the archive is locked.

    Args:
        arguments: of dbt, in the place of the selection of all marts.
        full: build them from the beginning.

    Raises:
        DbtFailedError: dbt failed, and has printed why.
    """
    log = settings.log_dir / "spark"
    command = [
        *(str(VENV / "bin" / "dbt"), "build", "--target", target(os.environ)),
        *("--project-dir", str(settings.dbt_project_dir)),
        *("--profiles-dir", str(settings.dbt_profiles_dir)),
        *("--target-path", "target/spark", "--log-path", str(log)),
        # A partial parse overlooks a ref that a new version of a macro adds to a hook.
        "--no-partial-parse",
        *("--vars", json.dumps({"archive_buckets": archive.layout.buckets})),
        *(("--full-refresh",) if full else ()),
        *(arguments or SELECTION),
        # The tests are written for Postgres.
        *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
    ]
    done = subprocess.run(command, env=spark_environment(os.environ, settings, archive))
    if done.returncode:
        raise DbtFailedError("dbt failed on Spark", f"see its message above, and {log / 'dbt.log'}")


def spark_environment(
    environ: Mapping[str, str], settings: Settings, archive: SparkArchive
) -> dict[str, str]:
    """The variables that the profile and the macros of Spark read."""
    is_local = environ.get("SPARK_MASTER", "local").startswith("local")
    return {
        **environ,
        # Of a shell that is set up for development, or of the other target.
        "DBT_TARGET": target(environ),
        "DBT_TARGET_PATH": "target/spark",
        "ARCHIVE_DIR": str(archive.path),
        "SPARK_LEDGER_DIR": str(archive.ledger),
        "SPARK_MARTS_DIR": str(archive.path),
        "SPARK_DIR": str(archive.own),
        # Sorting and shuffles that don't fit into memory.
        "SPARK_LOCAL_DIRS": environ.get("SPARK_LOCAL_DIRS") or str(settings.scratch_dir),
        # Java's own zone; that of the session is in the profile.
        "TZ": "UTC",
        # A session for this machine alone opens no port to the network.
        **({"SPARK_LOCAL_IP": "127.0.0.1"} if is_local else {}),
    }
