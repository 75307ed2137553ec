"""Which files are the sample, whose they are, and when they are read."""

import gzip
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from loader.configuration.settings import PROJECT, Settings
from loader.find.data_files import DataFile, describe, discover
from loader.find.participants import owner_of
from loader.ledger import sample
from loader.ledger.fingerprint import BLOCK, Fingerprint

CONTENT = "timestamp,value\n2024-01-01 00:00:00,61.5\n"
WEEKS = b"[]"
OTHER = "timestamp,value\n2024-02-01 00:00:00,70\n"
BOTH = ["sample/hr.csv", "sample/takeout.json.gz"]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's ``data/`` with a small sample in it."""
    folder = tmp_path / "data" / "sample"
    folder.mkdir(parents=True)
    (folder / "hr.csv").write_text(CONTENT)
    (folder / "takeout.json.gz").write_bytes(gzip.compress(WEEKS))
    tracked = tuple(tracked_file(folder / file.path.name) for file in sample.TRACKED)
    monkeypatch.setattr(sample, "TRACKED", tracked)
    return tmp_path / "data"


def tracked_file(path: Path) -> sample.TrackedFile:
    stored = path.read_bytes()
    content = gzip.decompress(stored) if path.suffix == ".gz" else stored
    return sample.TrackedFile(path, fingerprint(stored), fingerprint(content))


def fingerprint(content: bytes) -> Fingerprint:
    made = Fingerprint()
    for start in range(0, len(content), BLOCK):
        made.extend(content[start : start + BLOCK])
    return made


def put(path: Path, content: str = OTHER) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def names(folder: Path) -> list[str]:
    return [file.name for file in discover(folder).files]


def owner(folder: Path, name: str, **environment: str) -> str:
    settings = Settings.from_env({"DATA_DIR": str(folder), **environment})
    file = describe(folder / name, Path(name))
    return owner_of(settings, file).participant_id


def test_the_tracked_files_are_known_by_their_bytes() -> None:
    git = ["git", "ls-files", "data"]
    tracked = subprocess.run(git, cwd=PROJECT, check=True, text=True, stdout=subprocess.PIPE).stdout
    assert tracked.split() == [str(file.path.relative_to(PROJECT)) for file in sample.TRACKED]
    assert tuple(tracked_file(file.path) for file in sample.TRACKED) == sample.TRACKED
    assert all(file.equals(file.path) for file in sample.TRACKED)


def test_git_tracks_the_sample_and_ignores_all_else_in_data() -> None:
    def ignored(name: str) -> bool:
        command = ["git", "check-ignore", "--quiet", "--no-index", f"data/{name}"]
        return subprocess.run(command, cwd=PROJECT, check=False).returncode == 0

    assert not any(ignored(f"sample/{file.path.name}") for file in sample.TRACKED)
    own = ["hr.csv", "takeout.zip", "sample/mine.csv", "sample/x/hr.csv", "P1/hr.csv", ".hidden"]
    assert all(map(ignored, own))


def test_the_sample_is_read_while_it_is_alone(data: Path) -> None:
    assert names(data) == BOTH
    for name in (".DS_Store", ".hidden/hr.csv", "takeout.zip.crdownload", "sample/.x.csv"):
        put(data / name)
    (data / "empty").mkdir()
    assert names(data) == BOTH
    (data / "sample" / "hr.csv").unlink()
    assert names(data) == ["sample/takeout.json.gz"]


@pytest.mark.parametrize(
    "own", ["hr.csv", "takeout/hr.csv", "sample/mine.csv", "sample/sub/hr.csv", "notes.txt"]
)
def test_any_other_file_is_read_instead_of_it(data: Path, own: str) -> None:
    put(data / own)
    assert names(data) == [own]


@pytest.mark.parametrize(
    "content", [CONTENT + "2024-01-01 00:00:01,62\n", CONTENT.replace("61.5", "61.6"), OTHER, ""]
)
def test_a_sample_that_somebody_has_changed_is_not_left_out(data: Path, content: str) -> None:
    put(data / "hr.csv")
    put(data / "sample" / "hr.csv", content)
    assert names(data) == ["hr.csv", "sample/hr.csv"]
    (data / "hr.csv").unlink()
    assert names(data) == BOTH


def test_a_folder_called_sample_elsewhere_is_data_like_any_other(
    data: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    put(mine / "sample" / "hr.csv")
    put(mine / "other.csv")
    assert names(mine) == ["other.csv", "sample/hr.csv"]
    assert owner(mine, "sample/hr.csv") == "me"


def test_a_copy_of_the_sample_is_the_sample(data: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    put(mine / "sample" / "hr.csv", CONTENT)
    assert owner(mine, "sample/hr.csv") == "sample"
    put(mine / "other.csv")
    put(mine / "data" / "hr.csv", CONTENT)
    shutil.copy(data / "sample" / "takeout.json.gz", mine)
    assert owner(mine, "takeout.json.gz") == "sample"
    assert names(mine) == ["other.csv"]


def link(data: Path, folder: Path) -> None:
    (folder / "linked").symlink_to(data / "sample", target_is_directory=True)


def link_file(data: Path, folder: Path) -> None:
    (folder / "linked").mkdir()
    for file in (data / "sample").iterdir():
        (folder / "linked" / file.name).symlink_to(file)


@pytest.mark.parametrize("make_link", [link, link_file])
def test_the_sample_is_told_by_its_real_path(
    data: Path, tmp_path: Path, make_link: Callable[[Path, Path], None]
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    make_link(data, mine)
    assert names(mine) == ["linked/hr.csv", "linked/takeout.json.gz"]
    assert owner(mine, "linked/hr.csv") == "sample"
    assert owner(mine, "linked/takeout.json.gz") == "sample"
    put(mine / "own.csv")
    assert names(mine) == ["own.csv"]


def test_without_the_tracked_file_nothing_is_the_sample(data: Path, tmp_path: Path) -> None:
    shutil.rmtree(data / "sample")
    put(data / "hr.csv")
    assert names(data) == ["hr.csv"]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"FITBIT_PARTICIPANT": "anna"},
        {"FITBIT_PARTICIPANT_FROM": "folder"},
        {"FITBIT_PARTICIPANT_FROM": "folder", "FITBIT_PARTICIPANT": "anna"},
    ],
)
def test_its_participant_is_the_samples_whatever_is_set(
    data: Path, environment: dict[str, str]
) -> None:
    for name in ("hr.csv", "takeout.json.gz"):
        assert owner(data, f"sample/{name}", **environment) == "sample"
        assert owner(data / "sample", name, **environment) == "sample"


def test_a_file_of_ones_own_next_to_it_is_not_the_samples(data: Path) -> None:
    put(data / "sample" / "mine.csv")
    assert owner(data, "sample/mine.csv", FITBIT_PARTICIPANT="anna") == "anna"


def test_a_folder_of_a_participant_above_the_project_does_not_rename_it(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = tmp_path / "participant_id=P1"
    below.mkdir()
    moved = Path(shutil.move(data, below))
    there = [replace(file, path=moved / "sample" / file.path.name) for file in sample.TRACKED]
    monkeypatch.setattr(sample, "TRACKED", tuple(there))
    assert owner(moved, "sample/hr.csv") == "sample"


def test_a_thousand_files_called_hr_csv_cost_one_look_each(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file's bytes are read only where the sample would be left out."""
    shutil.rmtree(data / "sample")
    put(data / "a" / "hr.csv")
    put(data / "b" / "hr.csv")
    monkeypatch.setattr(sample.TrackedFile, "equals", lambda self, path: pytest.fail("read"))
    assert len(names(data)) == 2


def test_a_file_in_an_archive_is_never_the_sample(data: Path) -> None:
    archive = data / "sample.zip"
    whole = DataFile(archive, "sample.zip", 1, 1)
    assert not DataFile(archive, "sample.zip/hr.csv", 1, 1, whole).is_sample
    assert not any(file.is_at(archive, os.stat(data)) for file in sample.TRACKED)
