"""A database, a state folder and a ``.env`` of an earlier version go on working after an upgrade.

The fixtures were made by that version itself: README.md.
"""

import filecmp
import lzma
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from loader.configuration.settings import PROJECT
from loader.configuration.variables import ENV_FILE
from loader.transform.marts_settings import REBUILD
from scripts.embedded.cluster import Cluster
from tests.pipeline import Pipeline
from tests.upgrade.make_fixture import heart_rates, hr_rows

FIXTURES = sorted(Path(__file__).parent.glob("from_*/*/"))
DATABASE = "test"
NEW_DATABASE = "test_new"

READINGS = "select participant_id, timestamp, value, confidence from {}"
LAST_RUN = """
select mode, outcome, rows_new, rows_late, rows_corrected
from ingest.runs
order by run_id desc
limit 1
"""

OBJECTS = """
select *
from (
    select
        relnamespace::regnamespace::text || '.' || relname as relation,
        relkind::text,
        relpersistence::text,
        attname as name,
        format_type(atttypid, atttypmod) as type,
        attnotnull
    from pg_class
    left join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
    where relnamespace in ('staging'::regnamespace, 'ingest'::regnamespace)
    union all
    select
        oid::regprocedure::text,
        prokind::text,
        null,
        null,
        pg_get_function_result(oid),
        null
    from pg_proc
    where pronamespace in ('staging'::regnamespace, 'ingest'::regnamespace)
) as objects
where relation not in ('staging.stg_heart_rate', 'ingest.relations')
order by relation, name
"""
"""Tables, views, indexes, sequences and functions of the loader's schemas, with their columns; not
what dbt makes in them."""

REMOVED_MODELS = """
select relation_name from ingest.relations
where to_regclass(schema_name || '.' || relation_name) is null
union all
select 'int_heart_rate_day_percentiles'
where to_regclass('intermediate.int_heart_rate_day_percentiles') is not null
"""
"""Tables of models that the project no longer has, or that are recorded and not there."""

Key = tuple[str, datetime]


class Project(Pipeline):
    """The project of somebody who has just upgraded.

    Attributes:
        changed_files: the data files that are new or changed since the last run.
        table_before, versions_before: the readings and the physical rows of ``heart_rate``.
        table_due: the readings that it has to hold once the staged delta is merged.
    """

    def __init__(
        self, root: Path, fixture: Path, database: dict[str, str], dbt_target: Path
    ) -> None:
        super().__init__(root, database, dbt_target)
        for name in ("data", "state"):
            shutil.copytree(fixture / name, root / name, dirs_exist_ok=True)
        shutil.copy(fixture.parent / ".env", root)
        # All but the database comes from the .env.
        for name in ("DATA_DIR", "STATE_DIR", "LOG_DIR", "SCRATCH_DIR"):
            del self.environment[name]
        self.environment[ENV_FILE] = str(root / ".env")
        self.changed_files = changed_files(fixture)
        self._is_where_it_was_made()
        self.versions_before = self.row_versions()
        self.table_before = self.values()
        self.table_due = self.table_before | self.values("staging.heart_rate")

    def values(self, relation: str = "heart_rate") -> dict[Key, tuple[float, int | None]]:
        """What a table of readings holds."""
        rows = self.query(READINGS.format(relation))
        values = {(who, instant): (value, confidence) for who, instant, value, confidence in rows}
        assert len(values) == len(rows)
        return values

    def dbt_by_make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """``make dbt-run`` and its like, without make."""
        dbt = Path(sys.executable).with_name("dbt")
        return self._run(["scripts.embedded", "run", "--", str(dbt), *arguments], {})

    def last_run(self) -> tuple[Any, ...]:
        """Mode and outcome of the newest run, and its new, late and corrected rows."""
        (row,) = self.query(LAST_RUN)
        return tuple(row)

    def read_by_last_run(self) -> set[str]:
        """The files of which the newest run recorded something new."""
        rows = self.query(
            "select path from ingest.files "
            "where not vanished and run_id = (select max(run_id) from ingest.runs)"
        )
        return {path for (path,) in rows}

    def _is_where_it_was_made(self) -> None:
        """Let the ledger know folder, files and table by what a copy can't keep."""
        self.query("update ingest.runs set data_dir = %s", [str(self.data)])
        self.query(
            "update ingest.runs set heart_rate_oid = 'heart_rate'::regclass "
            "where heart_rate_oid is not null"
        )
        for path in self.data.rglob("*"):
            status, name = path.stat(), path.relative_to(self.data).as_posix()
            if name in self.changed_files:
                continue
            times = [status.st_mtime_ns, status.st_ctime_ns, name]
            for table in ("files", "archives"):
                self.query(
                    f"update ingest.{table} set modified_ns = %s, changed_ns = %s where path = %s",
                    times,
                )
            self.query("update ingest.passed_over set modified_ns = %s where path = %s", times[::2])


def changed_files(fixture: Path) -> set[str]:
    """The data files that are new or changed since the last run that loaded something."""
    loaded, now = fixture.with_name("loaded") / "data", fixture / "data"
    names = {path.relative_to(now) for path in now.rglob("*") if path.is_file()}
    return {
        name.as_posix()
        for name in names
        if not (loaded / name).is_file() or not filecmp.cmp(loaded / name, now / name, False)
    }


@pytest.fixture(params=FIXTURES, ids=[f"{path.parent.name}-{path.name}" for path in FIXTURES])
def project(
    request: pytest.FixtureRequest, cluster: Cluster, dbt_target: Path, tmp_path: Path
) -> Iterator[Project]:
    """The present version on a database, files and settings of an earlier one."""
    fixture: Path = request.param
    restore(cluster, fixture, tmp_path)
    yield Project(tmp_path, fixture, cluster.loader_environment(DATABASE), dbt_target)
    cluster.drop_database(DATABASE)


def restore(cluster: Cluster, fixture: Path, folder: Path) -> None:
    """Make the database of a fixture, as ``make restore`` does."""
    (packed,) = fixture.glob("*.dump.xz")
    dump = folder / packed.stem
    dump.write_bytes(lzma.decompress(packed.read_bytes()))
    programs = cluster.programs.path("pg_restore").parent
    done = subprocess.run(
        [PROJECT / "scripts" / "restore.sh", dump],
        env={
            **os.environ,
            **cluster.superuser_environment(DATABASE),
            "PATH": f"{programs}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def append_a_day(project: Project) -> dict[Key, tuple[float, int | None]]:
    """Append a day to hr.csv; returns the readings of it."""
    rows = hr_rows(heart_rates("2024-10-30", "2024-10-31"))
    project.append(rows)
    instants = (row.split(",") for row in rows)
    return {
        ("anna", datetime.fromisoformat(f"{instant}+00:00")): (float(value), None)
        for instant, value in instants
    }


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_first_night_is_an_ordinary_one(project: Project) -> None:
    before, due = project.table_before, project.table_due
    status = succeeded(project.loader("status"))
    # Two readings are those of a file that is gone.
    assert f"readings     {len(before) - 2:,} from 4 files, of 3 participants" in status
    assert f"data folder  {project.data}\n" in status
    assert "an earlier version built them; the next run rebuilds them" in status

    new_day = append_a_day(project)
    succeeded(project.loader("ingest"))
    assert project.values() == due | new_day
    new = len(due) + len(new_day) - len(before)
    corrected = sum(due[key] != value for key, value in before.items())
    assert project.last_run() == ("delta", "ok", new, 0, corrected)
    assert project.read_by_last_run() == project.changed_files | {"hr.csv"}
    # Rows that were right are not written again.
    assert len(project.versions_before & project.row_versions()) == len(before) - corrected
    assert "built with the present settings" in succeeded(project.loader("status"))
    assert project.query(REMOVED_MODELS) == []
    succeeded(project.loader("verify"))

    succeeded(project.loader("ingest"))
    assert project.last_run()[:2] == ("delta", "nothing new")


def test_a_table_that_is_gone_is_loaded_again_with_its_marts(project: Project) -> None:
    """There is nothing to rebuild the marts of the earlier version from before the bulk load."""
    project.query("drop table heart_rate cascade")
    succeeded(project.loader("ingest"))
    counting = sum(confidence != 0 for _, confidence in project.values().values())
    assert counting > 0
    assert "built with the present settings" in succeeded(project.loader("status"))
    covered = "select sum(readings) from marts.heart_rate_day"
    assert project.query(covered) == [(counting,)]


def test_dbt_by_hand_before_any_run(project: Project) -> None:
    """Once the marts are rebuilt, it merges what ``load`` of the earlier version staged."""
    refused = project.dbt_by_make("run", "--no-use-colors")
    assert refused.returncode == 2
    assert f"rebuild them with {REBUILD}" in refused.stdout
    succeeded(
        project.dbt_by_make(
            *("build", "--full-refresh", "--select", "tag:daily"),
            *("--exclude-resource-type", "unit_test"),
        )
    )
    assert project.values() == project.table_before
    succeeded(project.dbt_by_make("run"))
    assert project.values() == project.table_due
    # The unit tests bring their own readings; tests/marts runs them.
    succeeded(project.dbt_by_make("test", "--exclude-resource-type", "unit_test"))

    new_day = append_a_day(project)
    succeeded(project.loader("ingest"))
    assert project.values() == project.table_due | new_day
    # After a merge that the ledger does not know, a run compares every file, upgrade or not.
    mode = "delta" if project.table_due == project.table_before else "reconcile"
    assert project.last_run() == (mode, "ok", len(new_day), 0, 0)
    succeeded(project.loader("verify"))


def test_the_schema_becomes_that_of_a_new_database(
    project: Project, cluster: Cluster, dbt_target: Path, tmp_path: Path
) -> None:
    """Nothing is missing, and nothing of the earlier version is left."""
    succeeded(project.loader("status"))
    cluster.create_database(NEW_DATABASE)
    try:
        folder = tmp_path / "new"
        folder.mkdir()
        new = Pipeline(folder, cluster.loader_environment(NEW_DATABASE), dbt_target)
        succeeded(new.loader("status"))
        assert project.query(OBJECTS) == new.query(OBJECTS)
    finally:
        cluster.drop_database(NEW_DATABASE)
