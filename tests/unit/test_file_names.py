"""The file names of participants' pages: safe on every file system, and never the same."""

import re

import pytest

from loader.file_names import file_names

ODD = [
    "O'Brien \x1b[31m",
    "O'Brien ?[31m",
    "a/b",
    "a\\b",
    "..",
    ".",
    "-rf",
    "CON",
    "nul",
    "lpt1",
    "p001",
    "P001",
    "李雷",
    "x" * 300,
    "x" * 301,
    "%2e%2e",
    "<script>",
]


def test_a_plain_name_is_kept() -> None:
    plain = ["P001", "2022484408", "site-2_P7", "study", "heart_rate"]
    assert file_names(plain) == {name: name for name in plain}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_name_is_safe_on_every_file_system(name: str) -> None:
    (file,) = file_names([name]).values()
    assert re.fullmatch(r"\w[A-Za-z0-9_-]{,50}", file)
    assert file.casefold() not in {"con", "nul", "lpt1"}


def test_no_two_names_are_the_same_in_any_case_or_order() -> None:
    names = file_names(ODD)
    assert len({file.casefold() for file in names.values()}) == len(ODD)
    assert names == file_names(ODD[::-1])


def test_a_name_that_looks_like_one_with_a_digest_is_not_kept() -> None:
    digest = file_names(["a/b"])["a/b"]
    for copy in (digest, digest.upper()):
        names = file_names(["a/b", copy])
        assert len({file.casefold() for file in names.values()}) == 2
