"""Numbers with their nouns, and text that is safe to show."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.wording import counted, shown, shown_lines


@pytest.mark.parametrize(
    ("number", "forms", "expected"),
    [
        (0, ["file"], "0 files"),
        (1, ["file"], "1 file"),
        (2, ["file"], "2 files"),
        (1_234_567, ["reading"], "1,234,567 readings"),
        (1, ["day differs", "days differ"], "1 day differs"),
        (2, ["day differs", "days differ"], "2 days differ"),
    ],
)
def test_a_number_with_its_noun(number: int, forms: list[str], expected: str) -> None:
    assert counted(number, *forms) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P001", "P001"),
        ("Лена ♥ 𝄞 é שלום عمر 李", "Лена ♥ 𝄞 é שלום عمر 李"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),
        ("zero\u200bwidth\u2066\u2069\ufeff", "zero\\u200bwidth\\u2066\\u2069\\ufeff"),
        ("two\nlines\r\u2028\x85", "two\\nlines\\r\\u2028\\x85"),
        ("\udcff", "\\udcff"),
        ("back\\slash", "back\\slash"),
    ],
)
def test_what_can_not_be_printed_is_escaped_and_letters_stay(text: str, expected: str) -> None:
    assert shown(text) == expected


@given(st.text())
def test_what_is_shown_is_one_printable_line(text: str) -> None:
    assert shown(text).isprintable()
    assert shown(shown(text)) == shown(text)
    assert not {unicodedata.category(letter) for letter in shown(text)} & {"Cc", "Cf", "Zl", "Zp"}


def test_a_line_end_in_a_text_makes_no_line() -> None:
    assert shown_lines(["run 1", "gone a\nerror: b"]) == "run 1\ngone a\\nerror: b"
