"""The rule for local times that occur twice or never, each case by itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, count, pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from loader.read.clock_change import Change, changes_between
from loader.read.clock_file import ClockFile, ClockRow, Loaded
from loader.read.doubtful_times import decide_offsets

HOUR = timedelta(hours=1)
AUTUMN = Change(datetime(2023, 10, 29, 1), 2 * HOUR, HOUR)
"""Berlin: 02:00 to 03:00 occurs twice."""
SPRING = Change(datetime(2023, 3, 26, 1), HOUR, 2 * HOUR)
"""Berlin: 02:00 to 03:00 never occurs."""


def rows(day: datetime, *times: str) -> list[ClockRow]:
    """Rows at these times of a day, ``02:30:00`` or with another value ``02:30:00 61``."""
    found = []
    for line, text in enumerate(times):
        time, _, value = text.partition(" ")
        clock = datetime.combine(day.date(), datetime.strptime(time, "%H:%M:%S").time())
        found.append(ClockRow(line, clock, (float(value or 60), None)))
    return found


def autumn(*times: str) -> list[int]:
    """How many hours each row's offset is."""
    return hours(AUTUMN, rows(AUTUMN.instant, *times))


def spring(*times: str) -> dict[int, int]:
    """How many hours the offset of each doubtful row is, by its place."""
    settled = decide_offsets(SPRING, [ClockFile(rows(SPRING.instant, *times))])
    return {line: offset // HOUR for line, offset in settled.offsets.items()}


def hours(change: Change, clock_rows: Sequence[ClockRow]) -> list[int]:
    offsets = decide_offsets(change, [ClockFile(clock_rows)]).offsets
    assert offsets.keys() == {row.line for row in clock_rows}
    return [offsets[row.line] // HOUR for row in clock_rows]


@pytest.mark.parametrize(
    ("zone", "instant", "before", "after"),
    [
        ("Europe/Berlin", datetime(2023, 10, 29, 1), 120, 60),
        ("Europe/Berlin", datetime(2023, 3, 26, 1), 60, 120),
        ("Australia/Lord_Howe", datetime(2023, 4, 1, 15), 660, 630),
        ("America/New_York", datetime(2023, 11, 5, 6), -240, -300),
        ("Pacific/Apia", datetime(2011, 12, 30, 10), -600, 840),
    ],
)
def test_changes_are_found_to_the_second(
    zone: str, instant: datetime, before: int, after: int
) -> None:
    around = timedelta(days=30, seconds=17)
    (change,) = changes_between(zone, instant - around, instant + around)
    assert change == Change(instant, timedelta(minutes=before), timedelta(minutes=after))


def test_a_year_has_two_changes_and_utc_none() -> None:
    year = datetime(2023, 1, 1), datetime(2024, 1, 1)
    assert [change.twice for change in changes_between("Europe/Berlin", *year)] == [False, True]
    assert changes_between("UTC", *year) == []


def test_the_clock_that_steps_back_begins_the_second_pass() -> None:
    assert autumn("02:00:00", "02:59:55", "02:00:00", "02:59:55") == [2, 2, 1, 1]


def test_a_short_step_back_after_a_gap_is_the_second_pass() -> None:
    assert autumn("02:00:00", "02:20:00", "02:15:00", "02:30:00") == [2, 2, 1, 1]


def test_two_rows_that_changed_places_are_no_step_back() -> None:
    assert autumn("02:00:10", "02:00:05", "02:58:00", "02:00:05 70", "02:58:00 70") == [
        *(2, 2, 2),
        *(1, 1),
    ]


def test_an_hour_that_stands_there_once_is_the_earlier_and_told_by_nothing() -> None:
    settled = decide_offsets(AUTUMN, [ClockFile(rows(AUTUMN.instant, "02:00:00", "02:30:00"))])
    assert set(settled.offsets.values()) == {2 * HOUR}
    assert not settled.is_certain


def test_a_file_sorted_by_local_time_keeps_both_readings_of_each_time() -> None:
    assert autumn("02:00:00 60", "02:00:00 90", "02:00:05 61", "02:00:05 91") == [2, 1, 2, 1]


def test_a_row_that_is_repeated_as_it_is_stays_a_duplicate() -> None:
    assert autumn("02:00:00 60", "02:00:00 60", "02:00:05 61") == [2, 2, 2]


def test_a_file_that_runs_backwards_is_read_from_its_end() -> None:
    forward = ["02:00:00", "02:30:00", "02:59:00", "02:10:00 70", "02:30:00 70", "02:59:00 70"]
    assert autumn(*reversed(forward)) == [1, 1, 1, 2, 2, 2]


def test_rows_in_any_order_never_meet_on_one_instant() -> None:
    jumbled = ["02:30:00", "02:10:00", "02:50:00", "02:10:00 70", "02:30:00 70", "02:50:00 70"]
    clocks = rows(AUTUMN.instant, *jumbled)
    offsets = decide_offsets(AUTUMN, [ClockFile(clocks)]).offsets
    assert len({row.clock - offsets[row.line] for row in clocks}) == len(clocks)


def test_a_time_that_never_was_is_read_with_the_offset_before() -> None:
    assert spring("01:59:55", "02:00:00", "02:59:55", "04:00:00") == {1: 1, 2: 1}


def test_a_clock_put_forward_early_is_told_by_what_follows() -> None:
    assert spring("01:29:55", "02:30:00", "02:59:55", "03:00:00") == {1: 2, 2: 2}


def test_an_instant_that_another_row_has_is_not_taken_twice() -> None:
    assert spring("02:30:00", "03:00:00", "03:30:00") == {0: 2}


# --- Over several files --------------------------------------------------------------------------


def files(change: Change, *contents: Sequence[ClockRow]) -> list[ClockFile]:
    """Files of these rows, as the rule is handed them."""
    return [
        ClockFile(
            [row for row in content if not change.twice or change.begin <= row.clock < change.end],
            lines_of([row for row in content if row.clock < change.begin]),
            lines_of([row for row in content if row.clock >= change.end]),
        )
        for content in contents
    ]


def lines_of(some: Sequence[ClockRow]) -> tuple[int, int] | None:
    return (min(row.line for row in some), max(row.line for row in some)) if some else None


def numbered(*contents: Sequence[ClockRow]) -> list[list[ClockRow]]:
    """The same rows, with their lines numbered through all files."""
    lines = count()
    return [[replace(row, line=next(lines)) for row in content] for content in contents]


def settled_hours(change: Change, *contents: Sequence[ClockRow]) -> list[list[int]]:
    """By file, how many hours the offset of each doubtful row is."""
    placed = numbered(*contents)
    offsets = decide_offsets(change, files(change, *placed)).offsets
    return [
        [offsets[row.line] // HOUR for row in content if row.line in offsets] for content in placed
    ]


def night(change: Change, minutes: int = 2) -> list[ClockRow]:
    """Rows from two hours before a change to two hours after, in real time, all different."""
    found = []
    for line in range(240 // minutes):
        instant = change.instant + timedelta(minutes=line * minutes - 120)
        offset = change.before if instant < change.instant else change.after
        found.append(ClockRow(line, instant + offset, (float(line), None)))
    return found


def true_hours(change: Change, content: Sequence[ClockRow]) -> list[int]:
    return [
        (change.before if row.reading[0] < 60 else change.after) // HOUR
        for row in content
        if change.begin <= row.clock < change.end
    ]


NIGHT = night(AUTUMN)
"""An hour before the repeated one (rows 0 to 29), its two passes, an hour after (from 90)."""

OVERLAPPING = {
    "a file and its longer version": [NIGHT[:50], NIGHT],
    "a longer version by its name first": [NIGHT, NIGHT[:50]],
    "the second half of the night again": [NIGHT, NIGHT[65:]],
    "the second half of the night by its name first": [NIGHT[65:], NIGHT],
    "a part of each pass again": [NIGHT, NIGHT[40:50], NIGHT[70:80]],
    "the same file twice": [NIGHT, NIGHT],
    "two downloads that overlap in the first pass": [NIGHT[:50], NIGHT[40:]],
    "two downloads that overlap in the second pass": [NIGHT[:80], NIGHT[70:]],
    "pieces by their names in the wrong order": [NIGHT[65:], NIGHT[:65]],
    "each backwards, by their names in the right order": [NIGHT[:60][::-1], NIGHT[60:][::-1]],
    "one backwards and one not": [NIGHT[:60][::-1], NIGHT[60:]],
}


@pytest.mark.parametrize("case", OVERLAPPING)
def test_files_that_overlap_tell_one_night(case: str) -> None:
    contents = OVERLAPPING[case]
    assert settled_hours(AUTUMN, *contents) == [true_hours(AUTUMN, content) for content in contents]


def test_another_format_with_other_values_tells_the_night_by_itself() -> None:
    others = [replace(row, reading=(row.reading[0] + 0.5, None)) for row in NIGHT]
    expected = [true_hours(AUTUMN, NIGHT)] * 2
    assert settled_hours(AUTUMN, NIGHT, others) == expected
    # A file of one day that begins with the repeated hour, as Havana's do.
    assert settled_hours(AUTUMN, NIGHT[30:], others[30:]) == expected


def test_one_pass_in_two_formats_is_no_second_pass() -> None:
    once = [*NIGHT[30:60], *NIGHT[90:]]
    others = [replace(row, reading=(row.reading[0] + 0.5, None)) for row in once]
    assert settled_hours(AUTUMN, once, others) == [[2] * 30] * 2


def test_a_corrected_row_of_an_overlapping_file_stays_where_it_was() -> None:
    corrected = [
        replace(row, reading=(99.0, None)) if row.line in (45, 75) else row for row in NIGHT
    ]
    assert settled_hours(AUTUMN, NIGHT, corrected) == [true_hours(AUTUMN, NIGHT)] * 2


def test_disorder_before_the_true_step_is_not_the_second_pass() -> None:
    disordered = [*NIGHT[:40], NIGHT[41], NIGHT[40], *NIGHT[42:]]
    assert settled_hours(AUTUMN, disordered) == [true_hours(AUTUMN, disordered)]


@st.composite
def histories(draw: st.DrawFn) -> tuple[Change, list[ClockRow]]:
    """A history over a change: gaps, few or many values, maybe backwards, disordered or sorted."""
    change = draw(st.sampled_from([AUTUMN, SPRING]))
    minutes = draw(st.sampled_from([1, 2, 5, 7]))
    # In spring the clock may be put forward too early or too late.
    moved = timedelta(
        minutes=0 if change.twice else draw(st.sampled_from([0, 0, -45, -20, 20, 60]))
    )
    values = draw(st.sampled_from([1, 2, 10, 1000]))
    kept = draw(st.lists(st.integers(0, values), min_size=1, max_size=240 // minutes))
    rows = []
    for line, drawn in enumerate(kept):
        instant = change.instant + timedelta(minutes=line * minutes - 60)
        offset = change.before if instant < change.instant + moved else change.after
        if drawn < values:
            rows.append(ClockRow(line, instant + offset, (float(drawn), None)))
    order = draw(st.sampled_from(["forward", "forward", "backward", "disordered", "sorted"]))
    if order == "backward":
        rows.reverse()
    if order == "sorted":
        rows.sort(key=lambda row: row.clock)
    if order == "disordered" and minutes == 1 and len(rows) > 1:
        place = draw(st.integers(1, len(rows) - 1))
        rows[place - 1 : place + 1] = rows[place - 1 : place + 1][::-1]
    return change, rows


@given(histories(), st.lists(st.integers(0, 240), max_size=4))
@settings(max_examples=300, derandomize=True, database=None, deadline=None)
def test_pieces_of_a_history_are_decided_as_one_file(
    history: tuple[Change, list[ClockRow]], cuts: list[int]
) -> None:
    change, rows = history
    assume(any(change.begin <= row.clock < change.end for row in rows))
    edges = sorted({0, len(rows), *(cut % len(rows) for cut in cuts)})
    pieces = [rows[start:stop] for start, stop in pairwise(edges)]
    decided = settled_hours(change, *pieces)
    assert list(chain.from_iterable(decided)) == settled_hours(change, rows)[0]


def test_every_cut_of_a_night_in_two_files_gives_the_true_instants() -> None:
    for change in (AUTUMN, SPRING):
        rows = night(change)
        for cut in range(1, len(rows)):
            pieces = rows[:cut], rows[cut:]
            expected = [true_hours(change, piece) for piece in pieces]
            if expected != [[], []]:
                assert settled_hours(change, *pieces) == expected, cut


@pytest.mark.parametrize("change", [AUTUMN, SPRING], ids=["autumn", "spring"])
def test_rows_dealt_out_to_several_files_keep_their_instants(change: Change) -> None:
    rows = night(change, minutes=1)
    dealt = [rows[start::3] for start in range(3)]
    expected = [
        [
            (change.before if row.line < 120 else change.after) // HOUR
            for row in content
            if change.begin <= row.clock < change.end
        ]
        for content in dealt
    ]
    assert settled_hours(change, *dealt) == expected


# --- Where a file is missing that told which pass the others have ---------------------------------

FIRST, SECOND = NIGHT[30:60], NIGHT[60:90]


def loaded(*contents: Sequence[ClockRow]) -> Loaded:
    """The table after these rows were loaded at their true instants; later ones win."""
    return {
        row.clock - (AUTUMN.before if row.line < 60 else AUTUMN.after): row.reading
        for row in chain.from_iterable(contents)
    }


def other_values(content: Sequence[ClockRow], every: int = 1) -> list[ClockRow]:
    """The same times; one value in ``every`` is another."""
    return [
        replace(row, reading=(200.0 + row.line, None)) if place % every == 0 else row
        for place, row in enumerate(content)
    ]


MISSING = {
    # name: what the table holds of, the files that are there, by file the pass.
    "the first pass": ([FIRST, SECOND], [SECOND], [1]),
    "the first pass and all before it": ([NIGHT], [NIGHT[60:]], [1]),
    "the first pass, of a file that runs backwards": ([FIRST, SECOND], [SECOND[::-1]], [1]),
    "the first pass, of pieces": ([FIRST, SECOND], [SECOND[:11], SECOND[11:]], [1, 1]),
    "the first pass, of pieces that run backwards": (
        [FIRST, SECOND],
        [SECOND[11:][::-1], SECOND[:11][::-1]],
        [1, 1],
    ),
    "the first pass, of two copies": ([FIRST, SECOND], [SECOND, NIGHT[62:]], [1, 1]),
    "the first pass, of a file that grew": ([FIRST, SECOND[:20]], [SECOND], [1]),
    "the first pass, of a file that goes on in a new one": (
        [FIRST, SECOND[:20]],
        [SECOND[:20], SECOND[20:]],
        [1, 1],
    ),
    "the first pass, of a file of which a third was corrected": (
        [FIRST, SECOND],
        [other_values(SECOND, every=3)],
        [1],
    ),
    "the middle of both passes": (
        [NIGHT],
        [NIGHT[:40], NIGHT[80:]],
        [2, 1],
    ),
    "the second pass": ([FIRST, SECOND], [FIRST], [2]),
    "both passes, and another telling of the first arrives": (
        [FIRST, SECOND],
        [other_values(FIRST)],
        [2],
    ),
    "a part of the first pass": ([FIRST], [FIRST], [2]),
    "a part of an hour that was taken for the first pass": ([FIRST[:20]], [FIRST], [2]),
    # One reading in ten agrees by chance: a new first pass is not taken for the second.
    "the second pass, and the first arrives with values like it": (
        [SECOND],
        [
            [
                replace(row, reading=SECOND[n].reading if n % 10 == 0 else row.reading)
                for n, row in enumerate(FIRST)
            ]
        ],
        [2],
    ),
    "nothing, as the table is empty": ([], [SECOND], [2]),
}


@pytest.mark.parametrize("case", MISSING)
def test_a_missing_file_leaves_the_others_their_pass(case: str) -> None:
    table, contents, passes = MISSING[case]
    placed = numbered(*contents)
    settled = decide_offsets(AUTUMN, files(AUTUMN, *placed), lambda: loaded(*table))
    assert [
        {
            settled.offsets[row.line] // HOUR
            for row in content
            if AUTUMN.begin <= row.clock < AUTUMN.end
        }
        for content in placed
    ] == [{each} for each in passes]
    assert settled.is_certain == (1 in passes)


def test_the_table_is_asked_only_where_no_row_tells() -> None:
    def asked() -> Loaded:
        raise AssertionError("the rows tell")

    decide_offsets(AUTUMN, files(AUTUMN, NIGHT), asked)
    decide_offsets(AUTUMN, files(AUTUMN, *numbered(FIRST, SECOND)), asked)
    early = rows(SPRING.instant, "01:29:55", "02:30:00", "02:59:55", "03:00:00")
    decide_offsets(SPRING, files(SPRING, early), asked)


def test_every_missing_piece_of_a_night_leaves_the_others_their_instants() -> None:
    for start in range(1, 90, 3):
        for stop in range(max(start + 1, 31), 91, 3):
            placed = numbered(NIGHT[:start], NIGHT[stop:])
            offsets = decide_offsets(AUTUMN, files(AUTUMN, *placed), lambda: loaded(NIGHT)).offsets
            found = [
                [offsets[row.line] // HOUR for row in content if row.line in offsets]
                for content in placed
            ]
            expected = [true_hours(AUTUMN, content) for content in (NIGHT[:start], NIGHT[stop:])]
            assert found == expected, (start, stop)


@pytest.mark.parametrize(
    ("there", "passes"),
    [
        # What followed, and told that the clock was put forward early, is missing.
        (["01:29:55 61", "02:30:00 62", "02:59:55 63"], [2, 2]),
        # A new row follows the others of its file.
        (["02:30:00 62", "02:45:00 70", "02:59:55 63"], [2, 2, 2]),
        # Another row has the instant now.
        (["01:30:00 70", "02:30:00 62", "02:59:55 63"], [1, 2]),
        # Nothing of them is loaded.
        (["02:31:00 62", "02:58:00 63"], [1, 1]),
        (["02:30:00 80", "02:59:55 81"], [1, 1]),
    ],
)
def test_a_missing_file_leaves_times_that_never_occur_where_they_are(
    there: list[str], passes: list[int]
) -> None:
    instant = SPRING.instant
    table = {
        instant - timedelta(minutes=30): (62.0, None),
        instant - timedelta(seconds=5): (63.0, None),
        # What the missing file gave, and the rows would overwrite.
        instant + timedelta(minutes=30): (64.0, None),
    }
    settled = decide_offsets(SPRING, [ClockFile(rows(instant, *there))], lambda: table)
    assert [settled.offsets[line] // HOUR for line in sorted(settled.offsets)] == passes


@given(
    change=st.sampled_from([AUTUMN, SPRING]),
    values=st.sampled_from([1, 2, 10, 1000]),
    backwards=st.booleans(),
    cuts=st.lists(st.integers(1, 119), min_size=1, max_size=5),
    data=st.data(),
)
@settings(max_examples=200, derandomize=True, database=None, deadline=None)
def test_where_no_row_tells_nothing_in_the_table_is_overwritten(
    change: Change, values: int, backwards: bool, cuts: list[int], data: st.DataObject
) -> None:
    drawn = data.draw(st.randoms(use_true_random=False))
    history = [
        replace(row, reading=(float(drawn.randrange(values)), None)) for row in night(change)
    ]
    history = history[::-1] if backwards else history
    edges = sorted({0, *cuts, len(history)})
    placed = numbered(*(history[start:stop] for start, stop in pairwise(edges)))
    kept = [content for content in placed if drawn.random() < 0.5]
    if not any(change.begin <= row.clock < change.end for row in chain(*kept)):
        return
    offsets = decide_offsets(change, files(change, *placed)).offsets
    around = {
        row.line: change.before if row.clock < change.begin else change.after
        for row in chain(*placed)
    }
    table = {row.clock - (around | offsets)[row.line]: row.reading for row in chain(*placed)}
    asked = []

    def ask() -> Loaded:
        asked.append(change)
        return table

    still = decide_offsets(change, files(change, *kept), ask).offsets
    if not asked:
        return
    rows_left = [row for row in chain(*kept) if row.line in still]
    assert [table.get(row.clock - still[row.line]) for row in rows_left] == [
        row.reading for row in rows_left
    ]
