"""The layout of an archive: a participant-day belongs to one file, whose path says which."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.commands.archive.layout import By, Layout
from loader.commands.archive.manifest import Manifest, Position

LAYOUTS = st.builds(Layout, st.sampled_from(By), st.integers(1, 1000))
DAYS = st.dates(date(1970, 1, 1), date(2099, 12, 30))
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(LAYOUTS, NAMES, DAYS)
def test_a_participant_day_is_in_one_file(layout: Layout, name: str, day: date) -> None:
    (partition,) = layout.partitions([(name, day)])
    assert partition.first_day <= day < layout.end_day(partition)
    assert layout.partitions([(name, partition.first_day)]) == {partition}
    assert layout.partition_of(layout.path(partition)) == partition
    (following,) = layout.partitions([(name, layout.end_day(partition))])
    assert following.first_day == layout.end_day(partition)
    last = layout.end_day(partition) - timedelta(days=1)
    assert layout.partitions([(name, last)]) == {partition}


@given(NAMES, st.integers(1, 1000))
def test_duckdb_computes_the_same_bucket(name: str, buckets: int) -> None:
    query = "select ('0x' || md5($name)[:8])::bigint % $buckets"
    rows = duckdb.execute(query, {"name": name, "buckets": buckets}).fetchall()
    assert rows == [(Layout(buckets=buckets).bucket(name),)]


@pytest.mark.parametrize(
    "path",
    [
        "heart_rate/day=2026-01-01/bucket=002/data.parquet",  # of two buckets, there is no third
        "heart_rate/month=2026-01/bucket=000/data.parquet",
        "heart_rate/day=2026-13-01/bucket=000/data.parquet",
        "heart_rate/day=2026-01/bucket=000/data.parquet",
        "heart_rate/day=2026-01-01/bucket=000/copy.parquet",
        "heart_rate/day=2026-01-01/data.parquet",
        "heart_rate/day=2026-01-01/bucket=000/data.parquet/data.parquet",
    ],
)
def test_other_files_are_no_partition(path: str) -> None:
    assert Layout(By.DAY, 2).partition_of(Path(path)) is None


POSITIONS = st.builds(Position, st.integers(), st.text(), st.integers(), st.integers())


@given(LAYOUTS, st.none() | POSITIONS)
def test_a_manifest_is_read_as_it_was_written(layout: Layout, position: Position | None) -> None:
    manifest = Manifest(layout, position)
    assert Manifest.from_json(manifest.to_json()) == manifest


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": 2}', '{"format": 1, "by": "week", "buckets": 1}']
)
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Manifest.from_json(text)
