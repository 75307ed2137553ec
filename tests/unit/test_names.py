"""Names of files and archive members: safe, unique, never longer than a key, and the same again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.names import (
    export_name,
    member_name,
    printable_name,
    shortened,
    unique_names,
    without_archive_ending,
)


@pytest.mark.parametrize(
    ("stored", "name"),
    [
        ("x.csv", "x.csv"),
        ("./x.csv", "x.csv"),
        ("././a//b/./x.csv", "a/b/x.csv"),
        ("/etc/x.csv", "etc/x.csv"),
        ("../../x.csv", "x.csv"),
        ("a/../../x.csv", "a/x.csv"),
        ("C:\\Users\\me\\x.csv", "Users/me/x.csv"),
        ("c:/x.csv", "x.csv"),
        ("\\\\server\\share\\x.csv", "server/share/x.csv"),
        ("..\\..\\x.csv", "x.csv"),
        ("participant_id=P1\\x.csv", "participant_id=P1/x.csv"),
        ("12:30.csv", "12:30.csv"),
        ("a\x1b[31m\u202e.csv", "a\\x1b[31m\\u202e.csv"),
        ("caf\udce9.csv", "caf\\xe9.csv"),
        ("half \ud800.csv", "half \\xed\\xa0\\x80.csv"),
        ("..", "unnamed"),
        ("/", "unnamed"),
    ],
)
def test_a_members_name_is_one_below_its_archive(stored: str, name: str) -> None:
    assert member_name(stored) == name


@given(st.text(st.sampled_from("ab./\\:C"), max_size=20))
def test_no_members_name_leads_out_of_its_archive(stored: str) -> None:
    parts = member_name(stored).split("/")
    assert not {"", ".", ".."} & set(parts)


@pytest.mark.parametrize(
    ("names", "unique"),
    [
        (["x", "y", "x", "x"], ["x", "y", "x#2", "x#3"]),
        (["x", "x#2", "x"], ["x", "x#2", "x#3"]),
        (["x", "x", "x#2"], ["x", "x#2", "x#2#2"]),
        # x may be an archive: what is in it is called x/….
        (["x", "x/y"], ["x#2", "x/y"]),
        (["x/y", "x", "x"], ["x/y", "x#2", "x#3"]),
    ],
)
def test_members_of_one_name_are_numbered(names: list[str], unique: list[str]) -> None:
    assert unique_names(names) == unique


@given(st.lists(st.sampled_from(["x", "y", "x#2", "x#3", "x/y", "x#2#2", "y/x/y"])))
def test_numbered_names_are_distinct_and_nobodys_folder(names: list[str]) -> None:
    unique = unique_names(names)
    assert len(set(unique)) == len(unique) == len(names)
    assert not any(other.startswith(f"{name}/") for name in unique for other in unique)


@pytest.mark.parametrize("letter", ["a", "é", "心"])
def test_a_long_name_keeps_its_ends_and_stays_distinct(letter: str) -> None:
    one, other = f"start/{letter * 3000}1/end.csv", f"start/{letter * 3000}2/end.csv"
    assert shortened(one, 900) == shortened(one, 900) != shortened(other, 900)
    assert len(shortened(one, 900).encode()) <= 900
    assert shortened(one, 900).startswith("start/")
    assert shortened(one, 900).endswith("/end.csv")
    assert shortened("short", 900) == "short"


@pytest.mark.parametrize(
    ("first_level", "export"),
    [
        ("takeout-20240101T000000Z-001.zip", "takeout-20240101T000000Z"),
        ("takeout-20240101T000000Z-002.zip", "takeout-20240101T000000Z"),
        ("takeout-20240101T000000Z-1-001.tgz", "takeout-20240101T000000Z"),
        ("takeout-20240101T000000Z-3-012.tar.gz", "takeout-20240101T000000Z"),
        ("takeout-20240101T000000Z-001 (1).zip", "takeout-20240101T000000Z"),
        ("takeout-20240101T000000Z-001(2).ZIP", "takeout-20240101T000000Z"),
        ("takeout-20240101T000000Z-001", "takeout-20240101T000000Z"),
        ("anna-takeout-20240101T000000Z-001.zip", "anna-takeout-20240101T000000Z"),
        ("takeout-20240101T000001Z-001.zip", "takeout-20240101T000001Z"),
        # Numbers that are as likely two people's.
        ("P-001.zip", "P-001.zip"),
        ("study-1-001", "study-1-001"),
        ("takeout.zip", "takeout.zip"),
        ("anna", "anna"),
    ],
)
def test_the_parts_of_a_takeout_are_one_export(first_level: str, export: str) -> None:
    assert export_name(first_level) == export


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("ben.zip", "ben"),
        ("ben.ZIP", "ben"),
        ("ben.tgz", "ben"),
        ("ben.tar.gz", "ben"),
        ("ben.tar.xz", "ben"),
        ("ben.v1", "ben.v1"),
        ("ben", "ben"),
    ],
)
def test_an_archives_ending_is_no_part_of_a_person(name: str, without: str) -> None:
    assert without_archive_ending(name) == without


def test_names_that_differ_in_unprintable_bytes_stay_distinct() -> None:
    assert printable_name("a\\x00") != printable_name("a\x00")
