"""What a file is that holds no heart rate, said in a person's words."""

import pytest

from loader.find.file_kinds import describe_content, examples, kind_of_archive


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (b"%PDF-1.7\n", "is a PDF document"),
        (b"SQLite format 3\0", "is an SQLite database"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "is a JPEG image"),
        (b"\0\0\0\x18ftypheic", "is a video or an HEIC image"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "is a 7z archive: unpack it"),
        (b"Rar!\x1a\x07\x01\0", "is a rar archive: unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "is an old Office document (xls, doc)"),
        (b"PK\x05\x06" + bytes(18), "is an empty zip archive"),
        (b"\n <!DOCTYPE html><html>", "is a web page"),
        (b"\xff\xfet\0i\0m\0e\0", "is text in UTF-16"),
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"date,steps\r\n1,2\r\n", "begins with 'date,steps'"),
        (b"\xef\xbb\xbfdate;steps\n", "begins with 'date;steps'"),
        (b"\n\nname\n", "begins with 'name'"),
        (b"\x01\x02\0\x03rest", "begins with the bytes 01 02 00 03 72 65 73 74"),
        (b"x" * 100, "begins with '" + "x" * 60 + "'"),
        (b"caf\xe9 \x1b[31m\n", r"begins with 'caf\\xe9 \x1b[31m'"),
    ],
)
def test_a_file_is_called_what_it_is(head: bytes, text: str) -> None:
    assert describe_content(head).startswith(text)


def test_a_refusal_says_what_the_file_is() -> None:
    assert describe_content(b"timestamp,steps\n") == "begins with 'timestamp,steps'"
    assert describe_content(b"%PDF-1.4") == "is a PDF document"


def test_an_office_file_is_no_archive_to_a_person() -> None:
    assert kind_of_archive({"[Content_Types].xml", "xl/workbook.xml"}).startswith("an Excel")
    assert kind_of_archive({"a"}) == "an archive of 1 file without heart rates in a known format"


def test_examples_are_few_near_the_top_and_of_different_names() -> None:
    passed_over = {f"Takeout/Fitbit/steps-2024-01-{day:02d}.json": "begins" for day in range(1, 30)}
    passed_over |= {"Takeout/archive_browser.html": "is a web page", "hr.xlsx": "is a workbook"}
    passed_over |= {"Takeout/Fitbit/sleep-1.json": "begins", "unknown": ""}
    assert examples(passed_over) == [
        "hr.xlsx: is a workbook",
        "Takeout/archive_browser.html: is a web page",
        "Takeout/Fitbit/sleep-1.json: begins",
    ]
