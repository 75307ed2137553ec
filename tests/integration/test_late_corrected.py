"""Late, corrected, repeated: the right table, the right counts, only changed days staged."""

import os
import random

import pytest

from loader.commands.run_result import RunResult
from tests.pipeline import Pipeline, readings, seconds
from tests.sample_data import faulty_files

pytestmark = pytest.mark.without_marts

PER_DAY = 50
MONDAY = seconds("2024-01-01 08:00:00", [60.5 + n % 9 for n in range(PER_DAY)])
TUESDAY = seconds("2024-01-02 08:00:00", [70.5 + n % 9 for n in range(PER_DAY)])
WEDNESDAY = seconds("2024-01-03 08:00:00", [80.5 + n % 9 for n in range(PER_DAY)])
THURSDAY = seconds("2024-01-04 08:00:00", [90.5 + n % 9 for n in range(PER_DAY)])

COUNTS = ("read", "staged", "new", "late", "corrected", "unchanged", "duplicate", "rejected")


@pytest.fixture
def rng() -> random.Random:
    return random.Random(4)


def expect(pipeline: Pipeline, result: RunResult, **counts: int) -> None:
    """These counts and no others, in the result and in ``ingest.runs``; they add up."""
    wanted = {name: counts.get(name, 0) for name in COUNTS}
    assert {name: getattr(result.counts, name) for name in COUNTS} == wanted
    columns = ", ".join(f"rows_{name}" for name in COUNTS)
    recorded = pipeline.query(
        f"select {columns} from ingest.runs where run_id = %s", [result.run_id]
    )
    assert recorded == [tuple(wanted.values())]
    assert wanted["read"] == sum(wanted[name] for name in COUNTS[2:])


def staged_days(pipeline: Pipeline) -> set[str]:
    """The UTC days that the last run staged."""
    rows = pipeline.query("select distinct timestamp::date::text from staging.heart_rate")
    return {day for (day,) in rows}


def corrected(row: str, value: str) -> str:
    return f"{row.split(',')[0]},{value}"


def test_rows_appended_with_old_timestamps_are_late(pipeline: Pipeline) -> None:
    pipeline.write([*MONDAY, *WEDNESDAY])
    pipeline.ingest()
    pipeline.append(TUESDAY)

    result = pipeline.ingest()

    expect(pipeline, result, read=PER_DAY, staged=PER_DAY, late=PER_DAY)
    assert staged_days(pipeline) == {"2024-01-02"}
    assert pipeline.table() == readings([*MONDAY, *TUESDAY, *WEDNESDAY])
    assert f"{result.last_ok_run:%Y-%m-%d %H:%M:%S}" == WEDNESDAY[-1].split(",")[0]


def test_old_and_new_rows_appended_together_are_told_apart(pipeline: Pipeline) -> None:
    pipeline.write([*MONDAY, *WEDNESDAY])
    pipeline.ingest()
    pipeline.append([*THURSDAY, *TUESDAY])

    result = pipeline.ingest()

    expect(pipeline, result, read=2 * PER_DAY, staged=2 * PER_DAY, new=PER_DAY, late=PER_DAY)
    assert pipeline.table() == readings([*MONDAY, *TUESDAY, *WEDNESDAY, *THURSDAY])


def test_a_day_forgotten_in_the_middle_is_staged_and_no_other(pipeline: Pipeline) -> None:
    path = pipeline.write([*MONDAY, *TUESDAY, *WEDNESDAY])
    forgotten = faulty_files.forget_day(path)
    pipeline.ingest()
    before = pipeline.row_versions()
    faulty_files.insert_rows(path, forgotten)

    result = pipeline.ingest()

    expect(pipeline, result, read=3 * PER_DAY, staged=PER_DAY, late=PER_DAY, unchanged=2 * PER_DAY)
    assert staged_days(pipeline) == {"2024-01-02"}
    assert pipeline.table() == readings([*MONDAY, *TUESDAY, *WEDNESDAY])
    assert before < pipeline.row_versions()


def test_a_value_corrected_in_place_is_found_by_the_modification_time(pipeline: Pipeline) -> None:
    path = pipeline.write([*MONDAY, *TUESDAY, *WEDNESDAY])
    pipeline.ingest()
    size, before = path.stat().st_size, pipeline.row_versions()
    changed = [*TUESDAY[:7], corrected(TUESDAY[7], "99.5"), *TUESDAY[8:]]
    pipeline.write([*MONDAY, *changed, *WEDNESDAY])
    assert path.stat().st_size == size

    result = pipeline.ingest()

    expect(
        pipeline, result, read=3 * PER_DAY, staged=PER_DAY, corrected=1, unchanged=3 * PER_DAY - 1
    )
    assert staged_days(pipeline) == {"2024-01-02"}
    assert pipeline.table() == readings([*MONDAY, *changed, *WEDNESDAY])
    assert len(before - pipeline.row_versions()) == 1


def test_a_correction_and_an_append_in_one_night_both_arrive(
    pipeline: Pipeline, rng: random.Random
) -> None:
    path = pipeline.write([*MONDAY, *TUESDAY])
    pipeline.ingest()
    changed = faulty_files.correct_in_place(path, rng)
    faulty_files.append_rows(path, [row.encode() for row in WEDNESDAY])

    result = pipeline.ingest()

    expect(
        pipeline,
        result,
        read=3 * PER_DAY,
        staged=2 * PER_DAY,
        new=PER_DAY,
        corrected=1,
        unchanged=2 * PER_DAY - 1,
    )
    assert changed.after.decode() in path.read_text()
    assert pipeline.table() == readings(path.read_text().splitlines()[1:])


def test_a_correction_that_keeps_size_and_time_is_found_by_the_change_time(
    pipeline: Pipeline, rng: random.Random
) -> None:
    path = pipeline.write([*MONDAY, *TUESDAY, *WEDNESDAY])
    pipeline.ingest()
    changed = faulty_files.correct_in_place(path, rng)

    result = pipeline.ingest()

    expect(
        pipeline, result, read=3 * PER_DAY, staged=PER_DAY, corrected=1, unchanged=3 * PER_DAY - 1
    )
    assert staged_days(pipeline) == {changed.after.decode()[:10]}
    assert pipeline.table() == readings(path.read_text().splitlines()[1:])


@pytest.mark.parametrize("other_value", [False, True], ids=["equal value", "other value"])
def test_a_reading_that_stands_twice_in_a_file_counts_once_the_last_one(
    pipeline: Pipeline, rng: random.Random, other_value: bool
) -> None:
    path = pipeline.write(MONDAY)
    repeated = faulty_files.repeat_reading(path, rng, other_value=other_value)

    result = pipeline.ingest()

    expect(pipeline, result, read=PER_DAY + 1, staged=PER_DAY, new=PER_DAY, duplicate=1)
    others = [row for row in MONDAY if row != repeated.before.decode()]
    assert pipeline.table() == readings([*others, repeated.after.decode()])


@pytest.mark.parametrize("value", [None, "99.5"], ids=["equal value", "other value"])
def test_a_reading_repeated_by_an_appended_row_corrects_or_changes_nothing(
    pipeline: Pipeline, value: str | None
) -> None:
    pipeline.write([*MONDAY, *TUESDAY])
    pipeline.ingest()
    again = corrected(MONDAY[3], value) if value else MONDAY[3]
    pipeline.append([again])

    result = pipeline.ingest()

    if value:
        expect(pipeline, result, read=1, staged=1, corrected=1)
    else:
        expect(pipeline, result, read=1, staged=1, unchanged=1)
    assert pipeline.table() == readings([*MONDAY[:3], again, *MONDAY[4:], *TUESDAY])


@pytest.mark.parametrize("value", [None, "99.5"], ids=["equal value", "other value"])
@pytest.mark.parametrize("last_to_arrive", ["a.csv", "b.csv"])
def test_a_reading_in_two_files_is_decided_by_their_names_not_by_their_arrival(
    pipeline: Pipeline, last_to_arrive: str, value: str | None
) -> None:
    content = {"a.csv": MONDAY, "b.csv": [corrected(MONDAY[3], value) if value else MONDAY[3]]}
    (first_to_arrive,) = content.keys() - {last_to_arrive}
    pipeline.write(content[first_to_arrive], name=first_to_arrive)
    pipeline.ingest()
    pipeline.write(content[last_to_arrive], name=last_to_arrive)

    result = pipeline.ingest()

    is_correction = value is not None and last_to_arrive == "b.csv"
    # If a.csv came first, Monday is in; if b.csv did, all of Monday but that reading is added.
    added = 0 if last_to_arrive == "b.csv" else PER_DAY - 1
    assert (result.counts.read, result.counts.duplicate) == (PER_DAY + 1, 1)
    assert result.counts.corrected == int(is_correction)
    assert result.counts.new + result.counts.late == added
    assert pipeline.table() == readings([*MONDAY[:3], *content["b.csv"], *MONDAY[4:]])


def test_two_files_of_one_night_that_share_a_reading_are_counted_once(pipeline: Pipeline) -> None:
    pipeline.write(MONDAY, name="a.csv")
    pipeline.write([corrected(MONDAY[3], "99.5"), *TUESDAY], name="b.csv")

    result = pipeline.ingest()

    expect(
        pipeline,
        result,
        read=2 * PER_DAY + 1,
        staged=2 * PER_DAY,
        new=2 * PER_DAY,
        duplicate=1,
    )
    assert pipeline.table() == readings(
        [*MONDAY[:3], corrected(MONDAY[3], "99.5"), *MONDAY[4:], *TUESDAY]
    )


def test_a_delta_of_some_days_of_a_rewritten_file_is_staged_in_order(pipeline: Pipeline) -> None:
    # DuckDB's semi-join gives no order, and whether it shows depends on how much there is.
    monday = seconds("2024-01-01 00:00:00", [60.5] * 1000)
    tuesday = seconds("2024-01-02 00:00:00", [61.5] * 500)
    for length in range(500, 3500, 500):
        pipeline.write([*monday, *tuesday])
        pipeline.ingest()
        changed = [corrected(row, f"{62 + length / 1000}") for row in monday[100:200]]
        wednesday = seconds("2024-01-03 00:00:00", [63.5] * length)
        pipeline.write([*monday[:100], *changed, *monday[200:], *tuesday, *wednesday])

        result = pipeline.ingest()

        assert result.counts.staged == 1000 + length
    assert pipeline.table() >= readings([*changed, *tuesday, *wednesday])


def test_rows_in_any_order_give_the_same_table(pipeline: Pipeline, rng: random.Random) -> None:
    path = pipeline.write([*MONDAY, *TUESDAY, *WEDNESDAY])
    faulty_files.shuffle_rows(path, rng)

    result = pipeline.ingest()

    expect(pipeline, result, read=3 * PER_DAY, staged=3 * PER_DAY, new=3 * PER_DAY)
    assert pipeline.table() == readings([*MONDAY, *TUESDAY, *WEDNESDAY])


def test_a_file_put_in_another_order_stages_nothing(pipeline: Pipeline, rng: random.Random) -> None:
    path = pipeline.write([*MONDAY, *TUESDAY])
    pipeline.ingest()
    faulty_files.shuffle_rows(path, rng)

    result = pipeline.ingest()

    expect(pipeline, result, read=2 * PER_DAY, unchanged=2 * PER_DAY)
    assert result.outcome == "nothing new"


def test_two_rows_for_one_instant_that_change_places_are_a_correction(pipeline: Pipeline) -> None:
    other = corrected(MONDAY[3], "99.5")
    pipeline.write([*MONDAY, other, *TUESDAY])
    pipeline.ingest()
    pipeline.write([*MONDAY[:3], other, *MONDAY[3:], *TUESDAY])

    result = pipeline.ingest()

    expect(
        pipeline,
        result,
        read=2 * PER_DAY + 1,
        staged=PER_DAY,
        corrected=1,
        unchanged=2 * PER_DAY - 1,
        duplicate=1,
    )
    assert pipeline.table() == readings([*MONDAY, *TUESDAY])


def test_a_file_written_again_as_it_was_stages_nothing(pipeline: Pipeline) -> None:
    path = pipeline.write([*MONDAY, *TUESDAY])
    pipeline.ingest()
    os.utime(path)

    result = pipeline.ingest()

    assert result.outcome == "nothing new"
    assert pipeline.query("select count(*) from ingest.runs where outcome = 'nothing new'") == [
        (1,)
    ]


def test_a_day_that_one_file_drops_is_given_back_to_the_other(pipeline: Pipeline) -> None:
    pipeline.write([*MONDAY, *TUESDAY], name="a.csv")
    pipeline.write([corrected(MONDAY[3], "99.5"), *WEDNESDAY], name="b.csv")
    pipeline.ingest()
    pipeline.write(WEDNESDAY, name="b.csv")

    result = pipeline.ingest()

    assert result.counts.corrected == 1
    assert pipeline.table() == readings([*MONDAY, *TUESDAY, *WEDNESDAY])


def test_what_vanished_stays_and_is_no_difference(pipeline: Pipeline) -> None:
    pipeline.write(MONDAY, name="a.csv")
    pipeline.write(TUESDAY, name="b.csv")
    pipeline.ingest()
    (pipeline.data / "b.csv").unlink()

    result = pipeline.ingest()

    assert result.update.vanished == ["b.csv"]
    assert pipeline.table() == readings([*MONDAY, *TUESDAY])
    verified = pipeline.loader("verify")
    assert verified.returncode == 0
    assert f"{PER_DAY} readings of heart_rate are no longer in the files" in verified.stdout
