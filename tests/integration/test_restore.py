"""Which dump `make restore` takes when none is named; that it restores it is tests/docker's."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from loader.configuration.settings import PROJECT
from loader.errors import ExitCode

DUMPS = [
    "fitbit-20251231T235959Z-timescaledb-2.19.3.dump",
    "fitbit-20260102T030405Z-timescaledb-2.19.3.dump",
    "fitbit-20260101T030405Z-timescaledb-2.20.0.dump",
    # Later in the order of names, but of other databases, or no whole dump.
    "fitbit-2-20260303T030405Z-timescaledb-2.19.3.dump",
    "fitbit_dev-20260303T030405Z-timescaledb-2.19.3.dump",
    "fitbit-20260404T030405Z-timescaledb-2.19.3.dump.partial",
    "fitbit-old-timescaledb-2.19.3.dump",
    "my fit*-20260101T000000Z-timescaledb-2.19.3.dump",
    "my fitness-20260505T000000Z-timescaledb-2.19.3.dump",
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The script and dumps, the oldest written last; asking the server says what was chosen."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "backups").mkdir()
    shutil.copy2(PROJECT / "scripts" / "restore.sh", tmp_path / "scripts")
    (tmp_path / "scripts" / "settings.sh").write_text("")
    superuser = tmp_path / "scripts" / "superuser.sh"
    # No run is going on; then it stops at the first statement.
    superuser.write_text(
        "#!/bin/sh\n[ $# = 0 ] && exec echo a server\ngrep -q count || exit 9\necho 0\n"
    )
    superuser.chmod(0o755)
    for age, name in enumerate(reversed(DUMPS)):
        file = tmp_path / "backups" / name
        file.touch()
        os.utime(file, (age, age))
    return tmp_path


def restore(
    checkout: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "scripts" / "restore.sh", *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("database", "chosen"),
    [
        ("", "fitbit-20260102T030405Z-timescaledb-2.19.3.dump"),
        ("fitbit-2", "fitbit-2-20260303T030405Z-timescaledb-2.19.3.dump"),
        ("my fit*", "my fit*-20260101T000000Z-timescaledb-2.19.3.dump"),
    ],
)
def test_the_newest_by_time_of_this_database_alone(
    checkout: Path, database: str, chosen: str
) -> None:
    done = restore(checkout, **({"PGDATABASE": database} if database else {}))
    named = database or "fitbit"
    assert f"restoring backups/{chosen} as the database {named} of a server" in done.stderr


def test_none_of_this_database_is_said(checkout: Path) -> None:
    done = restore(checkout, PGDATABASE="other")
    assert done.returncode == ExitCode.NO_INPUT
    assert "there is no dump of the database other in backups/ — make backup" in done.stderr


def test_a_dump_that_is_named_is_taken(checkout: Path) -> None:
    done = restore(checkout, f"backups/{DUMPS[0]}", PGDATABASE="other")
    assert f"restoring backups/{DUMPS[0]} as the database other" in done.stderr
