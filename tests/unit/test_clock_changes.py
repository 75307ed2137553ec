"""Local times around a clock change, read by DuckDB: any split gives the table of one file."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clock_history import (
    CHANGES,
    Row,
    Table,
    pieces,
    read_folder,
    rows_around,
    write,
)

HOURS = timedelta(hours=1)


class Folder:
    """A folder of local-time files and what they give."""

    def __init__(self, root: Path, zone: str) -> None:
        self.data, self._scratch, self._zone = root / "data", root / "scratch", zone
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir()

    def write(self, name: str, rows: "list[Row]") -> "Folder":
        write(self.data, name, rows)
        return self

    def table(self) -> Table:
        return read_folder(self.data, self._zone, self._scratch)[0]


def of_one_file(root: Path, change: str, rows: "list[Row]") -> Table:
    return Folder(root, CHANGES[change][0]).write("one.csv", rows).table()


@pytest.mark.parametrize("change", CHANGES)
def test_each_row_of_one_file_is_its_instant(tmp_path: Path, change: str) -> None:
    rows = rows_around(change, step=timedelta(seconds=97), reach=3 * HOURS)
    table = of_one_file(tmp_path, change, rows)
    instant = CHANGES[change][1] - 3 * HOURS
    true = [instant + n * timedelta(seconds=97) for n in range(len(rows))]
    assert [at.replace(tzinfo=None) for _, at in sorted(table)] == true
    assert [table[key] for key in sorted(table)] == [row.value for row in rows]


@pytest.mark.parametrize("change", CHANGES)
def test_pieces_of_a_history_give_what_one_file_gives(tmp_path: Path, change: str) -> None:
    @given(st.data())
    @settings(
        max_examples=3,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    def check(data: st.DataObject) -> None:
        step = timedelta(minutes=data.draw(st.sampled_from([2, 7, 11])))
        rows = rows_around(change, step=step, reach=2 * HOURS)
        kept = data.draw(st.sets(st.integers(0, len(rows) - 1), min_size=1))
        values = data.draw(st.sampled_from([None, [60.0], [60.0, 61.0, 62.0]]))
        rows = [
            Row(row.clock, values[n % len(values)] if values else row.value)
            for n, row in enumerate(rows)
            if n in kept or data.draw(st.booleans())
        ]
        if data.draw(st.booleans()):
            rows.reverse()
        cut = pieces(rows, data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
        folder = Folder(tmp_path, CHANGES[change][0])
        for number, piece in enumerate(cut):
            folder.write(f"{number}.csv", list(piece))
        assert folder.table() == of_one_file(tmp_path, change, rows)

    check()


def answer(rows: "list[Row]") -> str:
    """The rows as the Web API answers for their local day."""
    (day,) = {row.clock.date() for row in rows}
    dataset = [{"time": f"{row.clock:%H:%M:%S}", "value": row.value} for row in rows]
    return json.dumps(
        {
            "activities-heart": [{"dateTime": str(day), "value": {}}],
            "activities-heart-intraday": {"dataset": dataset},
        }
    )


@pytest.mark.parametrize("both_in_each", [False, True], ids=["a pass each", "both passes each"])
def test_two_formats_of_local_time_are_decided_together(tmp_path: Path, both_in_each: bool) -> None:
    change = "Berlin, autumn"
    rows = rows_around(change, step=timedelta(minutes=3), reach=2 * HOURS)
    expected = of_one_file(tmp_path, change, rows)
    folder = Folder(tmp_path, CHANGES[change][0])
    folder.write("z.csv", rows if both_in_each else rows[:40])
    (folder.data / "a.json").write_text(answer(rows if both_in_each else rows[40:]))
    assert folder.table() == expected
