"""Backup, restore, and the way to a newer TimescaleDB, as docs/upgrade.md gives them."""

import pytest

from tests.docker.images import STANDIN_DATABASE, STANDIN_OLD_DATABASE
from tests.docker.stack import SAMPLE, Stack, sample_readings

pytestmark = pytest.mark.docker

VERSION = "select extversion from pg_extension where extname = 'timescaledb'"
UPDATE = "ALTER EXTENSION timescaledb UPDATE"
CLEAN = "every one of them is in heart_rate"


def update(stack: Stack) -> None:
    stack.engine.docker(
        "exec", "fitbit-db", "psql", "-X", "-U", "postgres", "-d", "fitbit", "-c", UPDATE
    )


def test_an_older_timescaledb_is_updated_under_its_data(stack: Stack) -> None:
    stack.set(TIMESCALEDB_IMAGE=STANDIN_OLD_DATABASE)
    stack.up()
    stack.wait_for_log("ended with exit code 0", since=0)
    old = stack.sql(VERSION)
    stack.script("backup.sh")

    stack.set(TIMESCALEDB_IMAGE=STANDIN_DATABASE)
    stack.up()
    assert stack.sql(VERSION) == old
    update(stack)
    assert stack.sql(VERSION) != old
    assert CLEAN in stack.exec("make", "verify").stdout
    assert "Completed successfully" in stack.exec("dbt", "build").stdout


def test_the_older_backup_comes_back_in_a_new_volume(stack: Stack) -> None:
    """The dump is restored with the version that made it, and then updated."""
    stack.compose("down", "--volumes")
    sample = [stack.folder / name for name in SAMPLE]
    for file in sample:
        file.rename(file.with_suffix(".away"))
    stack.up()
    restored = stack.script("restore.sh")
    assert "make verify" in restored.stderr
    for file in sample:
        file.with_suffix(".away").rename(file)
    old = stack.sql(VERSION)
    update(stack)
    assert stack.sql(VERSION) != old
    assert stack.readings() == sample_readings(stack.folder)
    assert CLEAN in stack.exec("make", "verify").stdout
    assert "nothing new" in stack.exec("make", "ingest").stdout


def test_a_restore_undoes_what_happened_since(stack: Stack) -> None:
    written = stack.script("backup.sh").stderr
    name = written.split("wrote ")[1].split(" ")[0]
    assert (stack.folder / name).stat().st_mode & 0o077 == 0
    before = stack.readings()
    stack.sql("delete from heart_rate where value > 70")
    assert stack.readings() < before
    stack.script("restore.sh", name)
    assert stack.readings() == before
    assert CLEAN in stack.exec("make", "verify").stdout
    assert "fitbit" in stack.sql("select string_agg(datname, ' ') from pg_database")
    assert "fitbit_re" not in stack.sql("select string_agg(datname, ' ') from pg_database")


def test_a_dump_that_is_cut_off_changes_nothing(stack: Stack) -> None:
    before = stack.readings()
    (whole,) = sorted((stack.folder / "backups").glob("*.dump"))[-1:]
    half = whole.with_name(f"half-{whole.name}")
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(AssertionError, match="was not restored; the database fitbit is as it was"):
        stack.script("restore.sh", str(half))
    assert stack.readings() == before
    assert "fitbit_re" not in stack.sql("select string_agg(datname, ' ') from pg_database")
