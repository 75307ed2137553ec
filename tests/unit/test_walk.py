"""A folder is walked once, whatever links to it, and what is no file is never waited for."""

import os
from pathlib import Path

import pytest

from loader.errors import BadFileError
from loader.find.data_files import DataFile, describe, discover
from loader.find.opener import Opener
from loader.find.walk import Found, walk


def below(top: Path) -> dict[str, Found]:
    found = {str(each.path.relative_to(top)): each for each in walk(top)}
    return found


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("timestamp,value\n2024-01-01 00:00:00,61\n")


def test_two_folders_that_link_to_each_other_are_walked_once_each(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        write(tmp_path / name / "day.csv")
        for link in ("x", "y", "z"):
            (tmp_path / name / link).symlink_to(tmp_path / other)

    found = below(tmp_path)

    assert {name for name, each in found.items() if each.status} == {
        f"{folder}/day.csv" for folder in "abc"
    }
    assert len(found) == 3 + 9
    assert all(each.skipped for name, each in found.items() if "day" not in name)


def test_a_folder_keeps_its_own_name_when_a_link_to_it_sorts_before_it(tmp_path: Path) -> None:
    write(tmp_path / "z" / "day.csv")
    (tmp_path / "a").symlink_to("z")
    found = below(tmp_path)
    assert found["z/day.csv"].status
    assert found["a"].skipped == "a link to a folder that is already read"


def test_a_link_to_a_folder_elsewhere_is_followed_once(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "deep" / "day.csv")
    data = tmp_path / "data"
    write(data / "hr.csv")
    (data / "a").symlink_to(tmp_path / "elsewhere")
    (data / "b").symlink_to(tmp_path / "elsewhere" / "deep")
    found = below(data)
    assert {name for name, each in found.items() if each.status} == {"hr.csv", "a/deep/day.csv"}
    assert found["b"].skipped


@pytest.mark.parametrize("target", [".", "..", "../..", "/"])
def test_a_link_to_a_folder_above_is_a_circle(tmp_path: Path, target: str) -> None:
    data = tmp_path / "data"
    write(data / "in" / "hr.csv")
    (data / "in" / "loop").symlink_to(target)
    found = below(data)
    assert found["in/loop"].fault == "is a link to a folder that contains it"
    assert found["in/hr.csv"].status


def test_a_data_dir_that_is_a_link_itself_is_walked(tmp_path: Path) -> None:
    write(tmp_path / "real" / "hr.csv")
    (tmp_path / "data").symlink_to("real")
    assert [file.name for file in discover(tmp_path / "data").files] == ["hr.csv"]


def test_hidden_and_unfinished_files_are_left_out_also_as_broken_links(tmp_path: Path) -> None:
    write(tmp_path / "hr.csv")
    write(tmp_path / ".git" / "hr.csv")
    write(tmp_path / "hr.csv.part")
    write(tmp_path / "lost+found" / "hr.csv")
    (tmp_path / ".#hr.csv").symlink_to("me@host.123")
    (tmp_path / "hr.csv~").symlink_to("nowhere")
    assert set(below(tmp_path)) == {"hr.csv"}


def test_a_folder_hundreds_of_levels_deep_is_no_recursion(tmp_path: Path) -> None:
    deep = tmp_path / Path(*["d"] * 400)
    write(deep / "hr.csv")
    assert len(below(tmp_path)) == 1
    (file,) = discover(tmp_path).files
    assert len(file.name) <= 900
    assert len(file.folders) == 400


def test_a_file_whose_path_is_too_long_is_a_fault(tmp_path: Path) -> None:
    levels = ["x" * 200] * 20
    write(tmp_path / "hr.csv")
    here = os.open(tmp_path, os.O_RDONLY)
    for name in levels:  # one below the other, because the whole path can't be named
        os.mkdir(name, dir_fd=here)
        below_it = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below_it
    os.close(os.open("y" * 200, os.O_WRONLY | os.O_CREAT, dir_fd=here))
    os.close(here)

    found = list(walk(tmp_path))

    assert [each.path.name for each in found if each.status] == ["hr.csv"]
    (fault,) = [each for each in found if each.fault]
    assert fault.fault == "can't be read: File name too long"
    assert "shorten" in fault.hint


def test_a_pipe_that_took_a_files_place_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "hr.csv"
    write(path)
    file: DataFile = describe(path, Path("hr.csv"))
    path.unlink()
    os.mkfifo(path)
    with (
        Opener() as opener,
        pytest.raises(BadFileError, match=r"hr\.csv changed while it was read"),
        opener.open(file),
    ):
        pass


def test_what_is_done_with_a_file_is_no_fault_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "hr.csv"
    write(path)
    with (
        pytest.raises(OSError, match="disk"),
        Opener() as opener,
        opener.open(describe(path, Path("hr.csv"))),
    ):
        raise OSError(28, "no space on the disk")
