"""Nights on a heart_rate whose old chunks are compressed load what they load into rows."""

import random
from collections.abc import Iterable

import pytest

from tests.pipeline import Pipeline, Reading, readings, seconds

pytestmark = pytest.mark.without_marts

DAY = 1440
"""Readings, one a minute."""

MINE = seconds("2024-01-01 00:00:00", [60.5 + n % 40 for n in range(120 * DAY)], 60)
HOLE = slice(20 * DAY, 21 * DAY)
"""A day of a week of which everything else is compressed: more than a twentieth of the chunk."""
SCATTERED = {day * DAY + minute * 7 for day in (8, 30, 31, 45) for minute in range(30)}
"""A few readings of each of these days, between others: too few to decompress a chunk."""
BEHIND = seconds("2024-01-03 00:00:30", [80.5 + n % 9 for n in range(40 * DAY)], 60)
"""Of a participant who is weeks behind, so that a new day of theirs is in a compressed chunk."""

CHUNKS = """
    select
        chunks.is_compressed, chunks.range_end <= '2024-03-30', sizes.before_compression_table_bytes
    from timescaledb_information.chunks
    left join chunk_compression_stats('heart_rate') as sizes using (chunk_schema, chunk_name)
    where hypertable_name = 'heart_rate'
    order by range_start
"""
"""Whether each is compressed; whether it is old, on 28 and 29 April: chunks end on Thursdays."""

PARTLY_COMPRESSED = """
    select count(*)
    from timescaledb_information.chunks
    where
        is_compressed
        and pg_relation_size(format('%I.%I', chunk_schema, chunk_name)::regclass) > 0
"""


@pytest.fixture
def nights(pipeline: Pipeline) -> Pipeline:
    """Loaded, but for what a test adds."""
    absent = {*range(len(MINE))[HOLE], *SCATTERED, *range(119 * DAY, 120 * DAY)}
    pipeline.write(row for number, row in enumerate(MINE) if number not in absent)
    pipeline.write(BEHIND[: 39 * DAY], name="participant_id=P001/hr.csv")
    pipeline.ingest()
    assert are_old_chunks_compressed(pipeline)
    return pipeline


def are_old_chunks_compressed(pipeline: Pipeline) -> bool:
    """All of them and no others, without a reading left in rows."""
    pipeline.query("vacuum heart_rate")
    chunks = pipeline.query(CHUNKS)
    assert any(is_old for _, is_old, _ in chunks)
    return all(is_compressed == is_old for is_compressed, is_old, _ in chunks) and (
        pipeline.query(PARTLY_COMPRESSED) == [(0,)]
    )


def holds(pipeline: Pipeline, mine: Iterable[str], theirs: Iterable[str]) -> bool:
    """Exactly these readings, also by its own account."""
    held: set[Reading] = readings(mine) | readings(theirs, "P001")
    assert pipeline.table() == held
    return pipeline.loader("verify").returncode == 0


def test_nights_one_after_the_other(nights: Pipeline) -> None:
    absent = {*range(len(MINE))[HOLE], *SCATTERED}

    new_day = [row for number, row in enumerate(MINE) if number not in absent]
    nights.write(new_day)
    assert nights.ingest().counts.new == DAY
    assert are_old_chunks_compressed(nights)

    filled = [row for number, row in enumerate(MINE) if number not in SCATTERED]
    nights.write(filled)
    assert nights.ingest().counts.late == DAY
    assert are_old_chunks_compressed(nights)

    nights.write(MINE)
    assert nights.ingest().counts.late == len(SCATTERED)
    assert are_old_chunks_compressed(nights)

    nights.write(BEHIND, name="participant_id=P001/hr.csv")
    assert nights.ingest().counts.new == DAY
    assert are_old_chunks_compressed(nights)

    assert holds(nights, MINE, BEHIND)


def test_everything_in_one_night(nights: Pipeline) -> None:
    """Among it more readings in compressed chunks than TimescaleDB decompresses by default."""
    corrected = random.Random(25).sample(range(len(MINE)), 600)
    mine = list(MINE)
    for number in corrected:
        mine[number] = f"{mine[number].split(',')[0]},33.5"
    nights.write(mine)
    theirs = [f"{row.split(',')[0]},44.5" if n % 5000 == 0 else row for n, row in enumerate(BEHIND)]
    nights.write(theirs, name="participant_id=P001/hr.csv")

    counts = nights.ingest().counts

    known = set(corrected) - {*range(len(MINE))[HOLE], *SCATTERED, *range(119 * DAY, 120 * DAY)}
    assert counts.corrected == len(known) + len(range(0, 39 * DAY, 5000))
    assert counts.new + counts.late == 3 * DAY + len(SCATTERED)
    assert are_old_chunks_compressed(nights)
    assert holds(nights, mine, theirs)
