"""format.yml in whole runs, against an independent reading with csv, zoneinfo and datetime."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from loader.errors import ExitCode
from tests.formats.loaded import said
from tests.pipeline import Pipeline, Reading

pytestmark = pytest.mark.without_marts

ISO = "%Y-%m-%d %H:%M:%S"
AUTUMN = datetime(2024, 10, 26, 22, 30, tzinfo=UTC)
SPRING = datetime(2024, 3, 30, 23, 30, tzinfo=UTC)
STEP = timedelta(minutes=3)


def clocks(zone: str, start: datetime, count: int, form: str = ISO) -> list[str]:
    """What a clock of a zone shows, every three minutes."""
    there = ZoneInfo(zone)
    return [(start + n * STEP).astimezone(there).strftime(form) for n in range(count)]


def instants(texts: Iterable[str], zone: str | None, form: str = ISO) -> Iterator[datetime]:
    """The instants of local times in order; after a step back, an hour occurs again."""
    before, fold = datetime.min, 0
    for text in texts:
        if zone is None:
            yield datetime.fromtimestamp(float(text), UTC)
            continue
        clock = datetime.strptime(text, form)
        fold = 1 if clock < before else fold
        before = clock
        yield clock.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def independent(
    file: Path,
    time: int,
    value: int,
    zone: str | None,
    who: str | int = "me",
    *,
    form: str = ISO,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> set[Reading]:
    """The readings of a CSV, by the places of its columns; without a zone, seconds since 1970."""
    rows = list(csv.reader(io.StringIO(file.read_bytes().decode(encoding)), delimiter=delimiter))[
        1:
    ]
    found = instants([row[time] for row in rows], zone, form)
    values = [float(row[value].replace(",", ".")) for row in rows]
    people = [who if isinstance(who, str) else row[who] for row in rows]
    return set(zip(people, found, values, strict=True))


def write(file: Path, text: str, encoding: str = "utf-8") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode(encoding))
    return file


def bpm_csv(
    file: Path, times: Iterable[str], header: str = "datetime,bpm", start: int = 60
) -> Path:
    """A CSV whose header is understood without a format.yml."""
    rows = (f"{time},{start + n % 40}\n" for n, time in enumerate(times))
    return write(file, f"{header}\n{''.join(rows)}")


def settings(folder: Path, text: str) -> Path:
    return write(folder / "format.yml", text)


def run(pipeline: Pipeline, *command: str, zone: str = "") -> str:
    done = pipeline.loader(*(command or ("ingest",)), FITBIT_TIMEZONE=zone)
    assert done.returncode == ExitCode.OK, said(done)
    return said(done)


def refused(pipeline: Pipeline, *command: str, zone: str = "") -> list[str]:
    done = pipeline.loader(*(command or ("ingest",)), FITBIT_TIMEZONE=zone)
    assert done.returncode == ExitCode.BAD_INPUT, said(done)
    return [line for line in done.stderr.splitlines() if "error: " in line]


def assert_holds(pipeline: Pipeline, *expected: set[Reading], zone: str = "") -> None:
    """The table is exactly this, a run has nothing more to do, and verify agrees."""
    wanted = set().union(*expected)
    assert len(wanted) == sum(map(len, expected))
    assert pipeline.table() == wanted
    versions = pipeline.row_versions()
    assert "nothing new" in run(pipeline, zone=zone)
    run(pipeline, "verify", zone=zone)
    assert pipeline.row_versions() == versions


# --- Every key ------------------------------------------------------------------------------------


def sites(data: Path) -> dict[str, Callable[[], set[Reading]]]:
    """Files of a study, each with its independent reading. Both clock changes are among them."""
    berlin, york, auckland = (data / "study" / site for site in ("berlin", "york", "auckland"))
    settings(data, "zone: Asia/Tokyo\n")
    settings(
        berlin, "zone: Europe/Berlin\ncolumns: {timestamp: Zeit, value: Puls}\nday_first: true\n"
    )
    settings(york, "zone: America/New_York\n")
    settings(
        auckland,
        "zone: Pacific/Auckland\ncolumns:\n  participant: Who\n  date: Day\n"
        "  time: Clock\n  value: HR\n  confidence: Sure\n",
    )
    settings(data / "numbers", "unit: seconds\ncolumns: {timestamp: t, value: v}\n")
    settings(data / "web", "zone: UTC\n")
    german = "%d.%m.%Y %H:%M:%S"
    night = clocks("Europe/Berlin", AUTUMN, 90, german)
    rows = "".join(f"x;{t};nichts;{60 + n % 40},5\n" for n, t in enumerate(night))
    one = write(berlin / "participant_id=B" / "a.csv", f"i;Zeit;Notiz;Puls\n{rows}", "utf-16")
    york_start = datetime(2024, 11, 3, 4, 30, tzinfo=UTC)
    two = bpm_csv(york / "participant_id=Y" / "b.csv", clocks("America/New_York", york_start, 60))
    before = clocks("Pacific/Auckland", datetime(2024, 9, 28, 12, tzinfo=UTC), 100)
    rows = "".join(
        f'A{n % 2},"x, y",{t.split()[1]},{t.split()[0]},{70 + n % 9},3\n'
        for n, t in enumerate(before)
    )
    three = write(auckland / "c.csv", f"Who,Note,Clock,Day,HR,Sure\n{rows}")
    rows = "".join(
        f"{(SPRING + n * STEP).timestamp() + 0.25:.2f}\t{80 + n % 7}\n" for n in range(30)
    )
    four = write(data / "numbers" / "participant_id=N" / "d.csv", f"t\tv\n{rows}")
    series = [{"time": f"0{n // 60}:{n % 60:02}:00", "value": 50 + n % 5} for n in range(200)]
    answer = {
        "activities-heart": [{"dateTime": "2024-03-31"}],
        "activities-heart-intraday": {"dataset": series},
    }
    five = write(data / "web" / "participant_id=W" / "e.json", json.dumps(answer))
    six = bpm_csv(data / "participant_id=T" / "f.csv", clocks("Asia/Tokyo", SPRING, 20))

    def auckland_rows() -> set[Reading]:
        rows = list(csv.DictReader(three.open()))
        times = instants([f"{row['Day']} {row['Clock']}" for row in rows], "Pacific/Auckland")
        return {(row["Who"], t, float(row["HR"])) for row, t in zip(rows, times, strict=True)}

    def web_rows() -> set[Reading]:
        dataset = json.loads(five.read_text())["activities-heart-intraday"]["dataset"]
        return {
            ("W", datetime.fromisoformat(f"2024-03-31T{row['time']}Z"), float(row["value"]))
            for row in dataset
        }

    return {
        str(one): lambda: independent(
            one, 1, 3, "Europe/Berlin", "B", form=german, delimiter=";", encoding="utf-16"
        ),
        str(two): lambda: independent(two, 0, 1, "America/New_York", "Y"),
        str(three): auckland_rows,
        str(four): lambda: independent(four, 0, 1, None, "N", delimiter="\t"),
        str(five): web_rows,
        str(six): lambda: independent(six, 0, 1, "Asia/Tokyo", "T"),
    }


@pytest.mark.parametrize("order", [0, 1], ids=["one by one", "backwards"])
def test_sites_in_several_zones(pipeline: Pipeline, tmp_path: Path, order: int) -> None:
    files = sites(pipeline.data)
    aside = tmp_path / "aside"
    aside.mkdir()
    names = list(files)[:: -1 if order else 1]
    for place, name in enumerate(names):
        shutil.move(name, aside / str(place))
    expected: list[set[Reading]] = []
    for place, name in enumerate(names):
        shutil.move(aside / str(place), name)
        expected.append(files[name]())
        run(pipeline)
    assert_holds(pipeline, *expected)
    who = pipeline.query("select distinct confidence from heart_rate where participant_id = 'A0'")
    assert who == [(3,)]
    run(pipeline, "ingest", "--reconcile")
    assert_holds(pipeline, *expected)
    run(pipeline, "ingest", "--full-refresh")
    assert_holds(pipeline, *expected)


# --- A change after loading -----------------------------------------------------------------------


def test_another_zone_moves_what_is_loaded(pipeline: Pipeline) -> None:
    """It appears, changes and goes, over both clock changes; a file that isn't below it stays."""
    site = pipeline.data / "site"
    texts = clocks("Europe/Berlin", AUTUMN, 120) + clocks("Europe/Berlin", SPRING, 60)
    file = bpm_csv(site / "a.csv", sorted(texts[120:]) + texts[:120])
    other = bpm_csv(pipeline.data / "b.csv", clocks("UTC", datetime(2024, 5, 1, tzinfo=UTC), 50))

    def of_zone(zone: str) -> set[Reading]:
        rows = list(csv.reader(file.open()))[1:]
        found = instants([row[0] for row in rows], zone)
        return _last({("me", each): float(row[1]) for each, row in zip(found, rows, strict=True)})

    stays = independent(other, 0, 1, "UTC")
    run(pipeline, zone="UTC")
    assert_holds(pipeline, stays, of_zone("UTC"), zone="UTC")
    for zone in ("Europe/Berlin", "America/Havana", "Europe/Berlin", None):
        if zone:
            settings(site, f"zone: {zone}\n")
        else:
            (site / "format.yml").unlink()
        assert "moved" in run(pipeline, zone="UTC")
        assert_holds(pipeline, stays, of_zone(zone or "UTC"), zone="UTC")


def _last(values: dict[tuple[str, datetime], float]) -> set[Reading]:
    return {(who, instant, value) for (who, instant), value in values.items()}


def iso_time(text: str, _new: bool) -> datetime:
    return datetime.strptime(text, ISO).replace(tzinfo=UTC)


def slashes(text: str, new: bool) -> datetime:
    form = "%m/%d/%Y %H:%M:%S" if new else "%d/%m/%Y %H:%M:%S"
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def number(text: str, new: bool) -> datetime:
    return datetime.fromtimestamp(int(text) / (1000 if new else 1), UTC)


COLUMNS = "columns: {timestamp: when, value: one}\n"

CHANGES: dict[str, tuple[str, str, str, Callable[[str, bool], datetime]]] = {
    "columns": (
        COLUMNS + "zone: UTC\n",
        "columns: {timestamp: when, value: two}\nzone: UTC\n",
        "when,one,two\n2024-05-04 10:00:00,61,71\n2024-05-04 10:00:05,62,72\n",
        iso_time,
    ),
    "day first": (
        COLUMNS + "zone: UTC\nday_first: true\n",
        COLUMNS + "zone: UTC\nday_first: false\n",
        "when,one,two\n4/5/2024 10:00:00,61,71\n4/5/2024 10:00:05,62,72\n",
        slashes,
    ),
    "unit": (
        COLUMNS + "unit: seconds\n",
        COLUMNS + "unit: milliseconds\n",
        "when,one,two\n1714816800,61,71\n1714816805,62,72\n",
        number,
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_meaning_of_the_columns(pipeline: Pipeline, change: str) -> None:
    first, second, content, time = CHANGES[change]
    write(pipeline.data / "study" / "a.csv", content)
    rows = [line.split(",") for line in content.splitlines()[1:]]

    def expected(new: bool) -> set[Reading]:
        place = 2 if new and change == "columns" else 1
        return {("me", time(row[0], new), float(row[place])) for row in rows}

    for new in (False, True, False):
        settings(pipeline.data / "study", second if new else first)
        run(pipeline)
        assert_holds(pipeline, expected(new))


def test_readings_that_another_file_gives_stay(pipeline: Pipeline) -> None:
    """Also one at exactly the instant and value that the other file had under its former zone."""
    texts = clocks("UTC", datetime(2024, 5, 1, tzinfo=UTC), 40)
    file = bpm_csv(pipeline.data / "site" / "a.csv", texts)
    settings(pipeline.data / "site", "zone: UTC\n")
    write(pipeline.data / "hr.csv", f"timestamp,value\n{texts[7]},67\n{texts[8]},200\n")
    run(pipeline)
    settings(pipeline.data / "site", "zone: Asia/Kolkata\n")
    run(pipeline)
    instrument = instants(texts[7:9], "UTC")
    of_hr = set(zip(["me"] * 2, instrument, [67.0, 200.0], strict=True))
    assert_holds(pipeline, of_hr, independent(file, 0, 1, "Asia/Kolkata"))


@pytest.mark.parametrize("overlap", [True, False], ids=["same hours", "other hours"])
def test_a_missing_file_keeps_a_change_from_losing_its_readings(
    pipeline: Pipeline, overlap: bool
) -> None:
    site = pipeline.data / "site"
    start = datetime(2024, 5, 1, tzinfo=UTC)
    file = bpm_csv(site / "a.csv", clocks("UTC", start, 40))
    later = start + (STEP / 3 if overlap else 41 * STEP)
    missing = bpm_csv(site / "b.csv", clocks("UTC", later, 40))
    settings(site, "zone: UTC\n")
    run(pipeline)
    loaded, of_missing = pipeline.table(), independent(missing, 0, 1, "UTC")
    missing.unlink()
    settings(site, "zone: Asia/Kolkata\n")
    if not overlap:
        run(pipeline)
        assert pipeline.table() == of_missing | independent(file, 0, 1, "Asia/Kolkata")
        return
    for _ in range(2):
        (line,) = refused(pipeline)
        assert "site/a.csv is loaded under other settings of its folder" in line
        assert "site/b.csv, which is missing" in line
        assert "make full-refresh ARGS=--allow-shrink" in line
        assert pipeline.table() == loaded
    run(pipeline, "ingest", "--full-refresh", "--allow-shrink")
    assert_holds(pipeline, independent(file, 0, 1, "Asia/Kolkata"))


def test_a_file_moved_below_another_format_yml(pipeline: Pipeline) -> None:
    """Its former readings go with its former name, even if a night lies between."""
    start = datetime(2024, 5, 1, tzinfo=UTC)
    files = [
        bpm_csv(pipeline.data / f"{n}.csv", clocks("UTC", start + n * 40 * STEP, 40))
        for n in (0, 1)
    ]
    bpm_csv(pipeline.data / "stays.csv", clocks("UTC", start + 400 * STEP, 5))
    run(pipeline, zone="UTC")
    site = pipeline.data / "site"
    settings(site, "zone: Europe/Berlin\n")
    moved = [site / file.name for file in files]
    files[0].rename(moved[0])
    files[1].rename(pipeline.data.parent / "aside.csv")
    done = pipeline.loader("ingest", FITBIT_TIMEZONE="UTC")
    (pipeline.data.parent / "aside.csv").rename(moved[1])
    text = said(done) + run(pipeline, zone="UTC")
    stays = independent(pipeline.data / "stays.csv", 0, 1, "UTC")
    found = [independent(file, 0, 1, "Europe/Berlin") for file in moved]
    assert "moved" in text
    assert_holds(pipeline, stays, *found, zone="UTC")


def test_a_file_moved_and_changed_in_one_night_is_named(pipeline: Pipeline) -> None:
    start = datetime(2024, 5, 1, tzinfo=UTC)
    file = bpm_csv(pipeline.data / "one" / "a.csv", clocks("UTC", start, 40))
    other = bpm_csv(pipeline.data / "two" / "a.csv", clocks("UTC", start + 400 * STEP, 5))
    run(pipeline, zone="UTC")
    site = pipeline.data / "site"
    settings(site, "zone: Europe/Berlin\n")
    file.unlink()
    moved = bpm_csv(site / "a.csv", clocks("UTC", start, 41))
    (line,) = [line for line in run(pipeline, zone="UTC").splitlines() if "missing" in line]
    assert "one/a.csv: its readings stay loaded; if it is site/a.csv now and has changed" in line
    assert "make full-refresh ARGS=--allow-shrink" in line
    run(pipeline, "ingest", "--full-refresh", "--allow-shrink", zone="UTC")
    stays = independent(other, 0, 1, "UTC")
    assert_holds(pipeline, stays, independent(moved, 0, 1, "Europe/Berlin"), zone="UTC")


def test_files_that_take_each_others_names(pipeline: Pipeline) -> None:
    """One is moved over another folder's file, which is moved too; a new one has its name."""
    start = datetime(2024, 5, 1, tzinfo=UTC)
    one, two = pipeline.data / "study" / "one", pipeline.data / "study" / "two"
    settings(one, "zone: UTC\n")
    settings(two, "zone: Asia/Tokyo\n")
    for n, folder in enumerate((one, two)):
        bpm_csv(folder / "a.csv", clocks("UTC", start + n * 400 * STEP, 40))
    run(pipeline)
    (two / "a.csv").rename(one / "b.csv")
    (one / "a.csv").rename(two / "a.csv")
    bpm_csv(one / "a.csv", clocks("UTC", start + 800 * STEP, 40))
    run(pipeline)
    assert_holds(
        pipeline,
        independent(one / "a.csv", 0, 1, "UTC"),
        independent(one / "b.csv", 0, 1, "UTC"),
        independent(two / "a.csv", 0, 1, "Asia/Tokyo"),
    )


def test_a_change_and_new_rows_in_one_night(pipeline: Pipeline) -> None:
    site = pipeline.data / "site"
    start = datetime(2024, 5, 1, tzinfo=UTC)
    file = bpm_csv(site / "a.csv", clocks("UTC", start, 40))
    settings(site, "zone: UTC\n")
    run(pipeline)
    with file.open("a") as stream:
        stream.writelines(
            f"{text},{90 + n % 9}\n" for n, text in enumerate(clocks("UTC", start + 40 * STEP, 9))
        )
    settings(site, "zone: Asia/Kolkata\nprefer: [Charge 6]\n")
    run(pipeline)
    assert_holds(pipeline, independent(file, 0, 1, "Asia/Kolkata"))
    settings(site, "zone: Asia/Kolkata\n# as before\nday_first: true\n")
    run(pipeline)
    assert_holds(pipeline, independent(file, 0, 1, "Asia/Kolkata"))


@pytest.mark.parametrize("grows", [False, True], ids=["corrected", "corrected and grown"])
def test_a_change_and_corrected_rows_in_one_night(pipeline: Pipeline, grows: bool) -> None:
    """As if the rows had been corrected a night before; over a clock change, and next to others."""
    site = pipeline.data / "site"
    texts = clocks("Europe/Berlin", AUTUMN, 120)
    file = bpm_csv(site / "a.csv", texts)
    other = bpm_csv(pipeline.data / "b.csv", clocks("UTC", AUTUMN + STEP / 3, 60), start=100)
    same = f"timestamp,value\n{AUTUMN + 2 * STEP:{ISO}},120\n"
    same_instant = write(pipeline.data / "hr.csv", same)
    settings(site, "zone: Europe/Berlin\n")
    run(pipeline, zone="UTC")
    lines = file.read_text().splitlines()
    for place in (3, 50, 100):
        lines[place] = f"{lines[place].split(',')[0]},200"
    more = clocks("Europe/Berlin", AUTUMN + 120 * STEP, 9) if grows else []
    lines += [f"{text},{90 + n}" for n, text in enumerate(more)]
    file.write_text("\n".join(lines) + "\n")
    settings(site, "zone: Pacific/Auckland\n")
    run(pipeline, zone="UTC")
    # The hour that Berlin's clocks show twice is shown once in Auckland: the last row counts.
    rows = csv.DictReader(file.open())
    auckland = ZoneInfo("Pacific/Auckland")
    moved = _last(
        {
            (
                "me",
                datetime.strptime(row["datetime"], ISO).replace(tzinfo=auckland).astimezone(UTC),
            ): float(row["bpm"])
            for row in rows
        }
    )
    stays = independent(other, 0, 1, "UTC"), independent(same_instant, 0, 1, "UTC")
    assert_holds(pipeline, moved, *stays, zone="UTC")


def test_archives_follow_the_format_yml_of_their_folder(pipeline: Pipeline) -> None:
    site = pipeline.data / "site"
    site.mkdir()
    plain = bpm_csv(pipeline.data.parent / "x.csv", clocks("UTC", SPRING, 40), "when,puls")
    with zipfile.ZipFile(site / "export.zip", "w") as archive:
        archive.write(plain, "x.csv")
        archive.writestr("format.yml", "zone: Asia/Tokyo\n")
    bpm_csv(pipeline.data / "other.csv", clocks("UTC", AUTUMN, 3))
    other = independent(pipeline.data / "other.csv", 0, 1, "UTC")
    run(pipeline, zone="UTC")
    assert_holds(pipeline, other, zone="UTC")
    for zone in ("Europe/Berlin", "Asia/Kolkata"):
        settings(site, f"zone: {zone}\ncolumns: {{timestamp: When, value: PULS}}\n")
        run(pipeline, zone="UTC")
        assert_holds(pipeline, other, independent(plain, 0, 1, zone), zone="UTC")
    assert pipeline.query("select path from ingest.passed_over") == [
        ("site/export.zip/format.yml",)
    ]


# --- Faults ---------------------------------------------------------------------------------------


def test_a_fault_is_that_of_the_files_below(pipeline: Pipeline) -> None:
    """They are left out and their readings stay; a nearer format.yml and other folders count."""
    study = pipeline.data / "study"
    start = datetime(2024, 5, 1, tzinfo=UTC)
    one = bpm_csv(study / "a.csv", clocks("UTC", start, 40))
    two = bpm_csv(study / "site" / "b.csv", clocks("UTC", start + 50 * STEP, 40))
    settings(study, "zone: Europe/Berlin\n")
    settings(study / "site", "zone: Asia/Tokyo\n")
    run(pipeline)
    held = independent(one, 0, 1, "Europe/Berlin")
    settings(study, "zone: Europe/Berlin\nzones: x\n")
    settings(study / "site", "zone: Asia/Shanghai\n")
    bpm_csv(study / "deep" / "c.csv", clocks("UTC", start + 200 * STEP, 4))
    three = bpm_csv(pipeline.data / "d.csv", clocks("UTC", start + 300 * STEP, 4))
    for _ in range(2):
        (line,) = refused(pipeline, zone="UTC")
        assert "study/format.yml, line 2: format.yml has no key zones" in line
        assert pipeline.table() == held | independent(two, 0, 1, "Asia/Shanghai") | independent(
            three, 0, 1, "UTC"
        )
    settings(study, "zone: Europe/Paris\n")
    run(pipeline, zone="UTC")
    assert_holds(
        pipeline,
        held,
        independent(two, 0, 1, "Asia/Shanghai"),
        independent(study / "deep" / "c.csv", 0, 1, "Europe/Paris"),
        independent(three, 0, 1, "UTC"),
        zone="UTC",
    )


MAPPED = "columns: {timestamp: when, value: pulse}\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("when,puls\n2024-05-01 10:00:00,61\n", ["no column pulse", "only when, puls"]),
        ("when,pulse,Pulse\n2024-05-01 10:00:00,61,61\n", ["the column pulse twice"]),
        ("when,pulse\n1/5/2024 10:00,61\n", ["'1/5/2024 10:00'", "day_first: true"]),
        ("when,pulse\n20240501,61\n", ["'20240501'", "unit: seconds"]),
        ("when,pulse\nyesterday,61\n", ["'yesterday'", "name the column of the time"]),
        ("when,pulse\n2024-05-01 10:00:00,61\n", ["no time zone is set", "zone: Europe/Berlin"]),
    ],
)
def test_a_file_that_contradicts_its_format_yml(
    pipeline: Pipeline, content: str, words: list[str]
) -> None:
    write(pipeline.data / "site" / "a.csv", content)
    settings(pipeline.data / "site", MAPPED)
    write(pipeline.data / "hr.csv", "timestamp,value\n2024-05-01 10:00:00,60\n")
    for _ in range(2):
        (line,) = refused(pipeline)
        assert [word for word in ["site/a.csv", *words] if word not in line] == []
    assert pipeline.table() == {("me", datetime(2024, 5, 1, 10, tzinfo=UTC), 60.0)}


def test_files_of_other_kinds_are_passed_over_below_a_mapping(pipeline: Pipeline) -> None:
    site = pipeline.data / "site"
    settings(site, MAPPED + "zone: UTC\n")
    write(site / "steps.csv", "day,steps\n2024-05-01,4000\n")
    write(site / "resting_heart_rate.csv", "when,pulse\n2024-05-01 10:00:00,61\n")
    write(site / "resting_heart_rate_2.csv", "when,rate\n2024-05-01 10:00:00,61\n")
    file = bpm_csv(site / "known.csv", ["2024-05-01 10:00:00"])
    write(site / "empty.csv", "when,pulse\n")
    run(pipeline)
    assert_holds(pipeline, independent(file, 0, 1, "UTC"))
    passed = pipeline.query("select path from ingest.passed_over order by 1")
    assert [name for (name,) in passed] == [
        *("site/empty.csv", "site/resting_heart_rate.csv", "site/resting_heart_rate_2.csv"),
        "site/steps.csv",
    ]


def test_a_name_that_is_almost_format_yml(pipeline: Pipeline) -> None:
    write(pipeline.data / "hr.csv", "timestamp,value\n2024-05-01 10:00:00,60\n")
    write(pipeline.data / "site" / "format.yaml", "zone: UTC\n")
    (line,) = refused(pipeline)
    assert "site/format.yaml is not read" in line


def test_a_participant_in_any_column_can_be_erased(pipeline: Pipeline) -> None:
    """Also from rejected rows, in which the name isn't the first field."""
    site = pipeline.data / "site"
    settings(site, "zone: UTC\ncolumns: {timestamp: when, value: pulse, participant: who}\n")
    rows = "".join(f"2024-05-01 10:0{n}:00,{60 + n},B\n" for n in range(9))
    write(site / "a.csv", f"when,pulse,who\n{rows}2024-05-01 11:00:00,61,A\nnever,61,A\n")
    run(pipeline)
    assert pipeline.query("select raw from ingest.rejected_rows") == [("never,61,A",)]
    done = pipeline.loader("forget", "A", "--yes")
    assert done.returncode == ExitCode.REFUSED
    assert "site/a.csv" in said(done)
    file = write(site / "a.csv", f"when,pulse,who\n{rows}")
    # No run has read this one, and nobody knows whose rows it has.
    unread = write(pipeline.data / "new" / "b.csv", "x,y,z\nA,2024-05-01 10:00:00,61\n")
    for name in ("format.yml", "format.yaml"):
        faulty = write(unread.with_name(name), "zones: UTC\n")
        (line,) = refused(pipeline, "forget", "A", "--yes")
        assert f"new/{name}" in line
        faulty.unlink()
    unread.unlink()
    run(pipeline, "forget", "A", "--yes")
    assert pipeline.query("select raw from ingest.rejected_rows") == []
    run(pipeline)
    assert_holds(pipeline, independent(file, 0, 1, "UTC", 2))


# --- make inspect ---------------------------------------------------------------------------------


def test_inspect_proposes_what_loads_the_file(pipeline: Pipeline) -> None:
    """Its lines are copied; the one that is undecided is decided, and the file is loaded."""
    site = pipeline.data / "site"
    times = clocks("Europe/Berlin", AUTUMN, 60, "%d.%m.%Y %H:%M:%S")
    rows = "".join(f"{text};{n};{60 + n % 9},5\n" for n, text in enumerate(times))
    file = write(site / "a.csv", f"Zeit;Nr;Herzfrequenz\n{rows}")
    done = pipeline.loader("inspect", str(file))
    assert done.returncode == ExitCode.BAD_INPUT
    assert "proposal for site/format.yml, by the content of site/a.csv" in done.stdout
    _, _, proposed = done.stdout.partition("these signs, or the line:\n\n")
    lines = proposed.partition("\n\n")[0].splitlines()
    assert lines[:3] == ["columns:", '  timestamp: "Zeit"', '  value: "Herzfrequenz"']
    assert "# ? zone: Europe/Berlin" in lines
    settings(site, "\n".join(lines).replace("# ? ", ""))
    run(pipeline)
    german = "%d.%m.%Y %H:%M:%S"
    assert_holds(pipeline, independent(file, 0, 2, "Europe/Berlin", form=german, delimiter=";"))
    done = pipeline.loader("inspect", str(file))
    assert done.returncode == ExitCode.OK
    for words in (
        "settings     site/format.yml",
        "its columns are named in format.yml, and its times are local times with the day first",
        "the wearer's local time: Europe/Berlin",
    ):
        assert words in done.stdout
    (site / "format.yml").unlink()
    bpm_csv(site / "a.csv", clocks("Asia/Tokyo", AUTUMN, 9))
    done = pipeline.loader("inspect", str(site), FITBIT_TIMEZONE="")
    assert "write a line such as “zone: Europe/Berlin” into a format.yml" in done.stdout
