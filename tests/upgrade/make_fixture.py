"""Make the fixture of a version: a project that was used with it.

    python -m tests.upgrade.make_fixture 0c2ffea

runs that commit's loader on a throwaway database and writes ``tests/upgrade/from_0c2ffea/``:

* ``loaded/``: after a first load and three nights;
* ``staged/``: the same, and then more files and ``loader load``, whose delta is left in staging.
"""

import io
import json
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from scripts.embedded.cluster import Cluster
from scripts.embedded.connection import client_environment
from scripts.embedded.databases import psql
from scripts.embedded.programs import find_or_fetch

HERE = Path(__file__).parent
DATABASE = "fitbit"
HOME = "/home/anna/fitbit"
"""Where the dump says that the project was, instead of the temporary folder of this machine."""

STEP = timedelta(minutes=5)
BERLIN = ZoneInfo("Europe/Berlin")
ENV_FILE = """\
# Settings of a project as somebody has them who upgrades.
FITBIT_PARTICIPANT=anna
FITBIT_TIMEZONE=Europe/Berlin
DATA_DIR=./data
STATE_DIR=./state
LOG_DIR=./logs
SCRATCH_DIR=./scratch
"""
STUDY_FILE = "study/heartrate_seconds_merged.csv"
BEN = "participant_id=ben"

Reading = tuple[datetime, int]


def main(commit: str) -> None:
    """Write the fixture of a commit in place of the one that is there."""
    target = HERE / f"from_{commit}"
    shutil.rmtree(target, ignore_errors=True)
    # Not below /tmp: the account of the server has to be able to enter it.
    with tempfile.TemporaryDirectory(prefix="fitbit-upgrade-", dir="/var/tmp") as temporary:
        folder = Path(temporary)
        folder.chmod(0o711)
        cluster = Cluster(folder / "cluster", find_or_fetch())
        cluster.start()
        try:
            version = Version(commit, folder, cluster)
            version.first_load()
            version.nights()
            version.keep(target / "loaded")
            version.stage_a_delta()
            version.keep(target / "staged")
        finally:
            cluster.remove()
    (target / ".env").write_text(ENV_FILE)


class Version:
    """A commit's code, and a project that is run with it."""

    def __init__(self, commit: str, folder: Path, cluster: Cluster) -> None:
        self._cluster = cluster
        self._code = folder / "code"
        self._project = folder / "project"
        self._data = self._project / "data"
        self._data.mkdir(parents=True)
        (self._project / "scratch").mkdir()
        (self._project / ".env").write_text(ENV_FILE)
        packed = subprocess.run(
            ["git", "archive", commit], cwd=HERE.parents[1], capture_output=True, check=True
        )
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(self._code, filter="data")

    def first_load(self) -> None:
        """Three formats, three participants, an archive, rejected rows, a file to pass over."""
        self._append("hr.csv", ["timestamp,value"])
        self._append("hr.csv", hr_rows(heart_rates("2024-10-24", "2024-10-26")))
        self._append("hr.csv", ["2024-10-25 23:58:00,no number", "2024-10-25 23:59:00,-4"])
        # Over the night on which the clocks went back, so that an hour of local times occurs twice.
        study = fitabase_rows("1503960366", heart_rates("2024-10-26", "2024-10-27 06:00"))
        self._append(STUDY_FILE, ["Id,Time,Value", *study, "1503960366,13/45/2024 1:00:00 AM,71"])
        self._data.joinpath(BEN).mkdir()
        with zipfile.ZipFile(
            self._data / BEN / "takeout.zip", "w", zipfile.ZIP_DEFLATED
        ) as takeout:
            for day in ("2024-10-25", "2024-10-26"):
                name = f"Takeout/Fitbit/Global Export Data/heart_rate-{day}.json"
                takeout.writestr(name, takeout_json(heart_rates(day, after(day), 90)))
        self._data.joinpath("notes.txt").write_text("Battery changed on 24 October.\n")
        self._loader("ingest")

    def nights(self) -> None:
        """Appended days, late and corrected readings, a file that is gone, and nothing new."""
        self._append("hr.csv", hr_rows(heart_rates("2024-10-26", "2024-10-27")))
        phone = self._data / "phone.csv"
        phone.write_text("timestamp,value\n2024-10-24 00:01:00,58\n2024-10-24 00:02:00,59\n")
        self._loader("ingest")
        self._append("hr.csv", hr_rows(heart_rates("2024-10-27", "2024-10-28")))
        self._append(
            STUDY_FILE,
            fitabase_rows("1503960366", heart_rates("2024-10-27 06:00", "2024-10-27 12:00")),
        )
        corrected = self._data.joinpath(STUDY_FILE).read_text().replace(",64\n", ",65\n", 1)
        self._data.joinpath(STUDY_FILE).write_text(corrected)
        phone.unlink()
        self._loader("ingest")
        self._loader("ingest")

    def stage_a_delta(self) -> None:
        """Staged by ``load`` and not merged: appended rows, a file, and a correction."""
        self._append("hr.csv", hr_rows(heart_rates("2024-10-28", "2024-10-30")))
        corrected = self._data.joinpath(STUDY_FILE).read_text().replace(",70\n", ",71\n", 1)
        self._data.joinpath(STUDY_FILE).write_text(corrected)
        name = f"{BEN}/heart_rate-2024-10-27.json"
        self._data.joinpath(name).write_text(takeout_json(heart_rates("2024-10-27", "2024-10-28")))
        self._loader("load")

    def keep(self, target: Path) -> None:
        """Copy the project's files, and dump its database as ``make backup`` does.

        Unlike there, with what is staged: an upgrade finds that too.
        """
        target.mkdir(parents=True)
        for name in ("data", "state"):
            shutil.copytree(self._project / name, target / name)
        self._say_that_data_is_in(f"{HOME}/data")
        programs = self._cluster.programs
        dumped = subprocess.run(
            [programs.path("pg_dump"), "--format=custom", "--compress=0", "--encoding=UTF8"],
            env=client_environment(self._cluster.superuser_environment(DATABASE)),
            check=True,
            capture_output=True,
        )
        self._say_that_data_is_in(str(self._data))
        # As a whole: pg_dump leaves the list of contents, most of a small dump, uncompressed.
        name = f"database-timescaledb-{programs.versions['timescaledb']}.dump.xz"
        target.joinpath(name).write_bytes(lzma.compress(dumped.stdout, preset=9))

    def _say_that_data_is_in(self, folder: str) -> None:
        psql(
            self._cluster.programs,
            self._cluster.superuser_environment(DATABASE),
            "update ingest.runs set data_dir = :'folder';\n",
            {"folder": folder},
        )

    def _loader(self, command: str) -> None:
        environment = {
            **os.environ,
            **self._cluster.loader_environment(DATABASE),
            "FITBIT_ENV_FILE": str(self._project / ".env"),
            "DBT_TARGET_PATH": str(self._project / "target"),
        }
        subprocess.run(
            [sys.executable, "-m", "loader", command], cwd=self._code, env=environment, check=True
        )

    def _append(self, name: str, rows: Iterable[str]) -> None:
        path = self._data / name
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            file.writelines(f"{row}\n" for row in rows)


def heart_rates(start: str, end: str, base: int = 60) -> Iterator[Reading]:
    """Made-up readings of the half-open interval from start to end, both UTC."""
    instant, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    while instant < last:
        yield instant, base + (instant.hour * 7 + instant.minute * 3 + instant.day) % 29
        instant += STEP


def hr_rows(readings: Iterable[Reading]) -> list[str]:
    """``timestamp,value``, UTC."""
    return [f"{instant},{value}" for instant, value in readings]


def fitabase_rows(participant: str, readings: Iterable[Reading]) -> list[str]:
    """``Id,Time,Value`` with the local times of Berlin."""
    rows = []
    for instant, value in readings:
        local = instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(BERLIN)
        time = f"{local.month}/{local.day}/{local.year} {local:%I:%M:%S %p}"
        rows.append(f"{participant},{time},{value}")
    return rows


def takeout_json(readings: Iterable[Reading]) -> str:
    """Takeout's records, with Fitbit's own confidence."""
    records = [
        {
            "dateTime": f"{instant:%m/%d/%y %H:%M:%S}",
            "value": {"bpm": value, "confidence": value % 4},
        }
        for instant, value in readings
    ]
    return json.dumps(records, indent=0)


def after(day: str) -> str:
    """The day after."""
    return f"{datetime.fromisoformat(day) + timedelta(days=1):%Y-%m-%d}"


def _arguments(arguments: Sequence[str]) -> str:
    if len(arguments) != 1:
        raise SystemExit("usage: python -m tests.upgrade.make_fixture COMMIT")
    return arguments[0]


if __name__ == "__main__":
    main(_arguments(sys.argv[1:]))
