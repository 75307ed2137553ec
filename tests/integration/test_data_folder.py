"""A run reads the folder that the last run read, or stops; the ledger keeps which one that was."""

import os
from pathlib import Path

import pytest

from loader.errors import ExitCode, NoInputError, OtherDataFolderError
from loader.mode import Mode
from loader.run import Request
from tests.pipeline import Pipeline, readings, seconds

ROWS = seconds("2024-01-01 00:00:00", [60 + number % 40 for number in range(50)])
LAST_FOLDER = "select data_dir, outcome, error from ingest.runs order by run_id desc limit 1"


@pytest.fixture(scope="module")
def loaded(module_pipeline: Pipeline) -> Pipeline:
    """A project after a good run; what a test changes it puts back."""
    made = module_pipeline
    made.write(ROWS)
    done = made.loader("ingest")
    assert done.returncode == ExitCode.OK, done.stderr
    assert f"  data       {made.data}\n" in done.stdout
    return made


@pytest.fixture
def here(loaded: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """The same project in this process's environment."""
    for name, value in loaded.environment.items():
        monkeypatch.setenv(name, value)
    return loaded


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A folder with one good file."""
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "hr.csv").write_text("timestamp,value\n2024-02-01 00:00:00,60\n")
    return folder


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        (Request(), "make ingest ARGS=--new-data-dir"),
        (Request("load", stage_only=True), "make load ARGS=--new-data-dir"),
        (Request(mode=Mode.RECONCILE), "make reconcile ARGS=--new-data-dir"),
        (Request(mode=Mode.REBUILD), "make full-refresh ARGS=--new-data-dir"),
        (
            Request(mode=Mode.REBUILD, allow_shrink=True),
            "make full-refresh ARGS='--new-data-dir --allow-shrink'",
        ),
    ],
    ids=["ingest", "load", "reconcile", "full refresh", "full refresh that may shrink"],
)
def test_another_folder_stops_every_run_before_it_reads(
    here: Pipeline, other: Path, monkeypatch: pytest.MonkeyPatch, request_: Request, command: str
) -> None:
    (other / "hr.csv").chmod(0)  # even root's scan would say what the file is
    (other / "hr.csv").write_bytes(b"\0 not a file that can be read")
    monkeypatch.setenv("DATA_DIR", str(other))
    with pytest.raises(OtherDataFolderError) as raised:
        here.ingest(request_)
    assert raised.value.exit_code == ExitCode.SETTINGS
    assert str(other) in raised.value.what
    assert str(here.data) in raised.value.what
    assert command in raised.value.hint
    assert here.query(LAST_FOLDER) == [(str(other), "failed", str(raised.value))]
    assert here.table() == readings(ROWS)
    assert here.query("select path, vanished from ingest.files") == [("hr.csv", False)]


def test_status_says_so_and_verify_names_the_folder(here: Pipeline, other: Path) -> None:
    told = here.loader("status", DATA_DIR=str(other)).stdout
    assert f"data folder  {other}, and the last run read {here.data}: the next one stops" in told
    assert f"data folder  {here.data}\n" in here.loader("status").stdout
    assert f"data folder {here.data}\n" in here.loader("verify").stdout


@pytest.mark.parametrize("way", ["slash", "relative", "home", "symlink", "dots", "moved"])
def test_the_same_folder_by_another_way_is_the_same(
    here: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("HOME", str(here.data.parent))
    monkeypatch.chdir(here.data.parent)
    (tmp_path / "link").symlink_to(here.data)
    moved = here.data.with_name("moved")
    monkeypatch.setenv(
        "DATA_DIR",
        {
            "slash": f"{here.data}/",
            "relative": "data",
            "home": "~/data",
            "symlink": str(tmp_path / "link"),
            "dots": f"{here.data}/../data",
            "moved": str(moved),
        }[way],
    )
    if way == "moved":
        here.data.rename(moved)
    try:
        assert here.ingest().outcome == "nothing new"
    finally:
        if way == "moved":
            moved.rename(here.data)
    monkeypatch.setenv("DATA_DIR", str(here.data))
    assert here.ingest().outcome == "nothing new"


def test_a_missing_mount_is_no_input(
    here: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = here.data.with_name("away")
    here.data.rename(away)
    try:
        for folder in (here.data, tmp_path / "empty"):
            folder.mkdir()
            monkeypatch.setenv("DATA_DIR", str(folder))
            with pytest.raises(NoInputError):
                here.ingest()
        here.data.rmdir()
        monkeypatch.setenv("DATA_DIR", str(here.data))
        with pytest.raises(NoInputError):
            here.ingest()
    finally:
        away.rename(here.data)
    assert here.query("select path, vanished from ingest.files") == [("hr.csv", False)]


def test_a_copy_in_the_same_place_is_the_same(here: Pipeline) -> None:
    """A folder that comes back from a backup has another inode."""
    before = here.data.rename(here.data.with_name("before"))
    here.data.mkdir()
    os.link(before / "hr.csv", here.data / "hr.csv")
    try:
        assert here.ingest().outcome == "nothing new"
    finally:
        (here.data / "hr.csv").unlink()
        here.data.rmdir()
        before.rename(here.data)
    here.ingest()


def test_who_may_move_without_asking(
    here: Pipeline, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sample's database, and one from before the folder was kept."""
    from loader.database.session import connect
    from loader.ledger.data_folder import folder_read_before

    with connect(os.environ, "test") as session:
        assert folder_read_before(session, other) == str(here.data)
        for change in (
            "update ingest.participants set participant_id = 'sample'",
            "delete from ingest.participants",
            "update ingest.runs set data_dir = null",
            "update ingest.runs set outcome = 'failed', heart_rate_oid = null",
        ):
            session.autocommit = False
            with session.cursor() as cursor:
                cursor.execute(change)
            assert folder_read_before(session, other) is None, change
            session.rollback()
        # A run that refused one of its files has committed the others all the same.
        with session.cursor() as cursor:
            cursor.execute("update ingest.runs set outcome = 'failed'")
        assert folder_read_before(session, other) == str(here.data)
        session.rollback()


def test_on_purpose_it_goes_on_and_is_the_folder_from_then_on(
    here: Pipeline, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(other))
    here.ingest(Request(new_data_dir=True))
    assert here.query(LAST_FOLDER)[0][:2] == (str(other), "ok")
    assert here.ingest().outcome == "nothing new"
    monkeypatch.setenv("DATA_DIR", str(here.data))
    with pytest.raises(OtherDataFolderError):
        here.ingest()
