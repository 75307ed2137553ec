"""Which header is hr.csv's, where its rows begin, and what is refused."""

import io
from pathlib import Path

import pytest

from loader.errors import BadFileError
from loader.find.data_files import DataFile
from loader.find.disk_status import DiskStatus
from loader.find.recognition import OpenFile, not_understood
from loader.read.scratch import Scratch
from loader.readers import READERS, Reader, recognise
from loader.sql import statement

ROW = b"2024-01-01 00:00:00,61.5\n"


@pytest.mark.parametrize(
    ("header", "delimiter", "lines"),
    [
        (b"timestamp,value\n", ",", 1),
        (b"timestamp,heart_rate\n", ",", 1),
        (b"timestamp,value\r\n", ",", 1),
        (b"\xef\xbb\xbftimestamp,value\n", ",", 1),
        (b'\xef\xbb\xbf"timestamp","value"\r\n', ",", 1),
        (b'"timestamp","value"\n', ",", 1),
        (b"timestamp\tvalue\n", "\t", 1),
        (b"timestamp;value\n", ";", 1),
        (b"TIMESTAMP,Value\n", ",", 1),
        (b" timestamp , value \n", ",", 1),
        (b"Heart rate of one participant\ntimestamp,value\n", ",", 2),
        (b"A title, with a comma\n\ntimestamp,value\n", ",", 3),
        (b"\xef\xbb\xbfTitle\ntimestamp,value\n", ",", 2),
        (b"1\n2\n3\n4\n5\ntimestamp,value\n", ",", 6),
    ],
)
def test_headers_of_hr_csv(header: bytes, delimiter: str, lines: int) -> None:
    layout = recognise(header + ROW)
    assert layout is not None
    assert (layout.format, layout.delimiter, layout.columns) == ("hr.csv", delimiter, 2)
    assert (layout.data_offset, layout.header_lines) == (len(header), lines)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        ROW,
        b"\n",
        b"timestamp\n",
        b"timestamp,value,confidence\n",
        b"value,timestamp\n",
        b"time,value\n",
        b"timestamp,beats per minute,steps\n",
        b"Id,Time,Value,Steps\r\n",
        b"Id,Value,Time\r\n",
        b"[]",
        b'[{"dateTime":"05/18/15 00:00:00","value":{"date":null,"value":0.0,"error":0.0}}]',
        b'[{"dateTime":"05/18/15 00:00:00","value":{"valuesInZones":{"IN_DEFAULT_ZONE_1":3.0}}}]',
        b'[{"dateTime":"05/18/15 00:00:00","value":"12"}]',
        b'{"activities-heart": [{"dateTime": "2019-05-18"}]}',
        b'{"dataPoints": [{"dailyRestingHeartRate": {"date": {}, "beatsPerMinute": "52"}}]}',
        b'{"dataPoints": [{"steps": {"count": "12"}}], "nextPageToken": "x"}',
        b'{"rollupDataPoints": [{"heartRate": {"beatsPerMinuteAvg": 64.5}}]}',
        b"{}",
        b"time,beatsPerMinute,source,device\n",
        b"timestamp|value\n",
        b"timestamp,,value\n",
        b"timestamp,value2\n",
        b"\xff\xfet\0i\0m\0e\0s\0t\0a\0m\0p\0,\0v\0a\0l\0u\0e\0\n\0",
        b"1\n2\n3\n4\n5\n6\ntimestamp,value\n",
        b'[{"dateTime": "05/18/15 05:25:00"}]\n',
        b"SQLite format 3, in a text",
    ],
)
def test_other_headers_are_nobodys(head: bytes) -> None:
    assert recognise(head) is None


AMERICAN = b"05/18/15 05:25:00"
TAKEOUT = b'{"dateTime":"05/18/15 05:25:00","value":{"bpm":114,"confidence":0}}'
INTRADAY = (
    b'{"activities-heart":[{"dateTime":"2019-05-18"}],'
    b'"activities-heart-intraday":{"dataset":[{"time":"00:00:05","value":64}]}}'
)

GOOGLE_PAGE = (
    b'{"dataPoints": [{"name": "users/0", "heartRate": {"sampleTime": '
    b'{"physicalTime": "2026-09-25T10:04:59Z"}, "beatsPerMinute": "49"}}]}'
)


@pytest.mark.parametrize(
    ("head", "file_format"),
    [
        (b"[" + TAKEOUT + b"]", "takeout json"),
        (b"\xef\xbb\xbf[\n  " + TAKEOUT + b",\n" + TAKEOUT[:9], "takeout json"),
        (b'[{"dateTime":"05/18/15 05:25:00"},' + TAKEOUT, "takeout json"),
        (
            b'[{"dateTime":"05/18/15 05:25:00","value":{"bpm":,"confidence":0}},' + TAKEOUT,
            "takeout json",
        ),
        (b'{"heart": [' + TAKEOUT + b"]}", "takeout json"),
        (TAKEOUT + b"\n" + TAKEOUT, "takeout json"),
        (b"[" + TAKEOUT.replace(AMERICAN, b"2015-05-18T05:25:00") + b"]", "local takeout json"),
        (b"[\n" + TAKEOUT.replace(AMERICAN, b"2015-05-18 05:25") + b",", "local takeout json"),
        (b"[" + TAKEOUT.replace(AMERICAN, b"2015-05-18T05:25:00Z") + b"]", "takeout json"),
        (b"[" + TAKEOUT.replace(AMERICAN, b"2015-05-18T05:25:00+02") + b"]", "takeout json"),
        (b"[" + TAKEOUT.replace(AMERICAN, b"yesterday") + b"]", "takeout json"),
        (b"[" + TAKEOUT + b"," + TAKEOUT.replace(AMERICAN, b"2015-05-18 05:25"), "takeout json"),
        (
            b"["
            + TAKEOUT.replace(AMERICAN, b"")
            + b","
            + TAKEOUT.replace(AMERICAN, b"2015-05-18 05:25"),
            "local takeout json",
        ),
        (INTRADAY, "intraday json"),
        (b" \n" + INTRADAY[:-30], "intraday json"),
        (GOOGLE_PAGE, "google health json"),
        (b"\xef\xbb\xbf[\n" + GOOGLE_PAGE + b",", "google health json"),
        (b'{"nextPageToken": "x"}\n' + GOOGLE_PAGE[:-30], "google health json"),
        (b'{"dataPoints": [{"beatsPerMinute": "80", "time": "x"}]}', "google health json"),
        (b"time,beatsPerMinute,source\n", "google health csv"),
        (b"time,beatsPerMinute\r\n", "google health csv"),
        (b'[{"dailyHeartRateZones": {"date": {}}}]', "google health json"),
        (b"timestamp,heart_rate_zone,data source\n", "takeout zones"),
        (b"timestamp,beats per minute\n", "takeout csv"),
        (b"timestamp,beats per minute,data source\n", "takeout csv"),
        (b"Id,Time,Value\r\n", "fitabase"),
        (b"A title\r\n\r\nId\tTime\tValue\r\n", "fitabase"),
        (b"SQLite format 3\0\x10\x00", "health connect"),
    ],
)
def test_other_formats_are_told_by_their_content(head: bytes, file_format: str) -> None:
    layout = recognise(head)
    assert layout is not None
    assert layout.format == file_format


SINGLE = "a/P007_heartrate_1min_20171001_20171007.csv"


@pytest.mark.parametrize(
    "head", [b"Time,Value\r\n", b"\xef\xbb\xbfTime;Value\n", b'"Time","Value"\n']
)
def test_a_fitabase_file_of_one_participant_is_told_by_its_name(head: bytes) -> None:
    layout = recognise(head, SINGLE)
    assert layout is not None
    assert layout.format == "fitabase single"
    for name in ("", "time.csv", "P007_minuteSteps_20171001_20171007.csv"):
        assert recognise(head, name) is None


@pytest.mark.parametrize(
    ("head", "file_format"),
    [
        (b"Id,Time,Value\n", "fitabase"),
        (b"Time,Value\nId,Time,Value\n", "fitabase"),
        (b"timestamp,value\n", "hr.csv"),
        (b"Time,Value,Steps\n", None),
        (b"Time,Steps\n", None),
    ],
)
def test_the_name_alone_does_not_make_a_fitabase_file(head: bytes, file_format: str | None) -> None:
    layout = recognise(head, SINGLE)
    assert (layout and layout.format) == file_format


def refusal(name: str, content: bytes) -> BadFileError:
    return not_understood(
        DataFile(Path(name), name, len(content), 0),
        OpenFile(io.BytesIO(content), True, content, DiskStatus(1, 1, len(content), 0, 0)),
    )


def test_a_refusal_says_what_was_expected_and_what_was_seen() -> None:
    refused = refusal("steps.csv", b"timestamp,steps\n2024-01-01,7\n")
    assert "timestamp,value" in refused.what
    assert "'timestamp,steps'" in refused.what
    assert "steps.csv" in refused.what
    assert refused.hint


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\n"])
def test_an_empty_file_is_called_empty(content: bytes) -> None:
    assert refusal("hr.csv", content).what == "hr.csv is empty"


def test_a_header_that_ends_the_file_without_newline_is_a_header() -> None:
    layout = recognise(b"timestamp,value")
    assert layout is not None
    assert layout.data_offset >= len(b"timestamp,value")


TAKEOUT_CSV = b"timestamp,beats per minute,data source\n2026-05-27T00:00:00Z,61,Air\n"
RESTING = [
    "resting_heart_rate_2026-05-27.csv",
    "daily_resting_heart_rate.csv",
    "Takeout/Google Health/Resting Heart Rate (1).csv",
    "a.zip/x/DAILY_RESTING_HEART_RATE.CSV",
    "resting-heart-rate.csv.gz",
]


@pytest.mark.parametrize("name", RESTING)
def test_a_resting_rate_is_told_by_its_name(name: str) -> None:
    assert recognise(TAKEOUT_CSV, name) is None
    assert recognise(TAKEOUT_CSV) is not None
    status = DiskStatus(0, 0, 1, 0, 0)
    opened = OpenFile(io.BytesIO(TAKEOUT_CSV), True, TAKEOUT_CSV, status)
    assert "resting" in not_understood(DataFile(Path(name), name, 1, 0), opened).what.lower()


@pytest.mark.parametrize(
    "name",
    [
        "heart_rate_2026-05-27.csv",
        "resting_heart_rate/heart_rate_2026.csv",
        "resting.csv",
        "hr.csv",
    ],
)
def test_a_reading_of_midnight_is_no_resting_rate(name: str) -> None:
    layout = recognise(TAKEOUT_CSV, name)
    assert layout is not None
    assert layout.format == "takeout csv"


@pytest.mark.parametrize("depth", [100, 5_000, 100_000])
@pytest.mark.parametrize("opening", ["[", '{"a":', ' [ {"b" : '])
def test_json_that_is_nested_beyond_measure_is_refused(opening: str, depth: int) -> None:
    with pytest.raises(BadFileError, match="nested too deeply"):
        recognise((opening * depth).encode()[: 64 << 10])


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_rows_are_read_in_the_order_of_the_file(reader: Reader, tmp_path: Path) -> None:
    """Which of two readings of one instant stands is decided by the order; a join changes it."""
    with Scratch(tmp_path, "128MB") as scratch:
        session = scratch._duckdb
        session.execute(statement("read/clock_tables"))
        for query in ("read/read_rows", "read/read_clocks"):
            copy = tmp_path / "0.copy"
            copy.write_text("[]" if not reader.lines else "")
            ((_, plan),) = session.execute(
                "explain " + statement(query).format(relation=reader.relation),
                {
                    "owners": ["me"],
                    "first_file": 0,
                    "copies": [str(copy)],
                    "delimiter": ",",
                    "columns": {"roles": ["date", "time", "value"], "times": "iso"}
                    if reader.is_generic
                    else 3,
                },
            ).fetchall()
            assert "Read" in plan
            assert "Join" not in plan
