"""A backup of compressed chunks can be restored, also where the confidence is always null."""

import os
import subprocess
from pathlib import Path

from loader.errors import ExitCode
from tests.community.servers import CommunityServer
from tests.community.test_compressed_chunks import COMPRESS
from tests.databases import DATABASE
from tests.integration.checkout import scratch_checkout
from tests.pipeline import Pipeline, readings, seconds

ROWS = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(2000)])
LATER = seconds("2024-01-01 12:00:00", range(60, 80))


def script(checkout: Path, cluster: CommunityServer, name: str) -> str:
    """What scripts/NAME says, run by the superuser with programs of the server's version."""
    programs = cluster.programs.path("pg_dump").parent
    variables = {**os.environ, **cluster.superuser_environment(DATABASE)}
    done = subprocess.run(
        [checkout / "scripts" / name],
        env={**variables, "PATH": f"{programs}:{variables['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_compressed_chunks_come_back(
    pipeline: Pipeline, cluster: CommunityServer, tmp_path: Path
) -> None:
    pipeline.write(ROWS)
    pipeline.ingest()
    pipeline.query(COMPRESS)
    assert pipeline.query("select count(*), count(confidence) from heart_rate") == [(2000, 0)]
    checkout = scratch_checkout(tmp_path / "checkout")
    script(checkout, cluster, "backup.sh")

    pipeline.append(LATER)
    pipeline.ingest()
    assert pipeline.table() == readings([*ROWS, *LATER])
    assert "make verify" in script(checkout, cluster, "restore.sh")

    chunks = "select is_compressed from timescaledb_information.chunks where hypertable_name = %s"
    assert pipeline.query(chunks, ["heart_rate"]) == [(True,)]
    assert pipeline.table() == readings(ROWS)
    done = pipeline.loader("ingest")
    assert done.returncode == ExitCode.OK, done.stderr
    assert pipeline.table() == readings([*ROWS, *LATER])
    done = pipeline.loader("verify")
    assert done.returncode == ExitCode.OK, done.stdout
