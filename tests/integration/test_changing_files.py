"""Files that change while a run works: what was planned is read, or the next run reads it."""

import gzip
import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from loader.commands.summary import render_run
from loader.commands.verify.verify import verify
from loader.configuration.settings import Settings
from loader.console import Step
from loader.errors import BadFileError, ExitCode, FileChangedError
from loader.find import search
from loader.find.data_files import Listing, discover
from loader.mode import Mode
from loader.run import Request
from tests.faults.moments import Moment
from tests.pipeline import Pipeline, QuietReporter, readings, seconds

pytestmark = pytest.mark.without_marts

START = "2024-03-01 00:00:00"
OLD = seconds(START, [60 + number + 0.5 for number in range(12)])
"""What is loaded before."""

APPENDED = seconds("2024-03-01 00:00:12", [95.41661, 96.5, 97.5])
"""What a file has grown by when a run plans to read it."""

NEW = seconds(START, [70 + number + 0.123456 for number in range(14)])
"""What replaces it: longer lines, of the same instants."""

HEADER = "timestamp,value"
"""The step between planning and reading."""


def text(rows: list[str]) -> str:
    return "".join(f"{line}\n" for line in [HEADER, *rows])


def document(rows: list[str]) -> str:
    """The same as Takeout's JSON."""
    records = (
        f'{{"dateTime" : "03/01/24 {row[11:19]}", "value" : {{"bpm" : {row[20:]}}}}}'
        for row in rows
    )
    return "[" + ",".join(records) + "]"


def renamed_over(path: Path) -> None:
    """An atomic save."""
    saved = path.with_name(".saved")
    saved.write_text(text(NEW))
    saved.replace(path)


def rewritten(path: Path) -> None:
    """Emptied and written again, longer."""
    path.write_text(text(NEW))


def rewritten_silently(path: Path) -> None:
    """Corrected in place: the same size, and the same modification time."""
    before = path.stat()
    path.write_text(text(OLD + APPENDED).replace("60.5", "61.5").replace("95.41661", "95.51661"))
    assert path.stat().st_size == before.st_size
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def cut(path: Path) -> None:
    """Shorter than it was planned."""
    path.write_text(text(NEW[:3]))


def rotated(path: Path) -> None:
    """Renamed, and a new one begun in its place."""
    path.rename(path.with_name("rotated.csv"))
    path.write_text(text(NEW))


def removed(path: Path) -> None:
    path.unlink()


def another_header(path: Path) -> None:
    """Of the same length, another delimiter."""
    path.write_text(text(NEW).replace(",", ";"))


def a_pipe(path: Path) -> None:
    """Whoever opens it waits for ever."""
    path.unlink()
    os.mkfifo(path)


CHANGES: list[Callable[[Path], None]] = [
    renamed_over,
    rewritten,
    rewritten_silently,
    cut,
    rotated,
    removed,
    another_header,
    a_pipe,
]

LOADED_NEVERTHELESS = {"rewritten_silently"}
"""By a first load, which reads all of it as it now is."""


@dataclass
class ActingReporter(QuietReporter):
    """Does something once, when a step begins or the first file has been read."""

    at: str = Step.READ
    act: Callable[[], None] = lambda: None
    done: bool = field(default=False)

    def step(self, name: Step, text: str) -> None:
        super().step(name, text)
        self._pass(name)

    def progress(self, what: str, done: int, total: int, short: int = 0) -> None:
        self._pass(f"progress {what}")

    def _pass(self, now: str) -> None:
        if now == self.at and not self.done:
            self.done = True
            self.act()


def table(pipeline: Pipeline) -> dict[str, set[tuple[object, float]]]:
    """What the table holds, by participant."""
    held: dict[str, set[tuple[object, float]]] = {}
    for who, instant, value in pipeline.table():
        held.setdefault(who, set()).add((instant, value))
    return held


def meant(rows: list[str]) -> set[tuple[object, float]]:
    return {(instant, value) for _, instant, value in readings(rows)}


def write_all(pipeline: Pipeline, rows: list[str]) -> dict[str, Path]:
    """One file for each change, of a participant of its name."""
    return {
        change.__name__: pipeline.write(rows, name=f"participant_id={change.__name__}/hr.csv")
        for change in CHANGES
    }


def final(path: Path) -> list[str]:
    """The rows that a folder's files hold, a pipe or nothing being none."""
    return [
        line.replace(";", ",")
        for file in sorted(path.parent.iterdir())
        if file.is_file()
        for line in file.read_text().splitlines()[1:]
    ]


def winners(rows: list[str]) -> set[tuple[object, float]]:
    """The last row of an instant stands."""
    last = {row.split(",")[0]: row for row in rows}
    return meant(list(last.values()))


@pytest.mark.parametrize("known", [True, False], ids=["grown", "new"])
def test_a_file_that_changes_between_planning_and_reading_is_left_for_the_next_run(
    pipeline: Pipeline, known: bool
) -> None:
    if known:
        write_all(pipeline, OLD)
        pipeline.write(OLD, name="participant_id=good/hr.csv")
        pipeline.ingest()
    files = write_all(pipeline, OLD + APPENDED)
    pipeline.write(OLD + APPENDED, name="participant_id=good/hr.csv")
    appended_later = pipeline.data / "participant_id=appended/hr.csv"
    pipeline.write(OLD, name="participant_id=appended/hr.csv")

    def act() -> None:
        for change in CHANGES:
            change(files[change.__name__])
        pipeline.append(APPENDED, name="participant_id=appended/hr.csv")

    result = pipeline.ingest(reporter=ActingReporter(act=act))

    kept = set() if known else LOADED_NEVERTHELESS
    assert set(result.findings.changing) == {
        f"participant_id={name}/hr.csv" for name in files.keys() - kept
    }
    assert result.findings.faults == []
    assert result.update.vanished == []
    assert "left for the next run" in render_run(result)
    held = table(pipeline)
    assert held["good"] == meant(OLD + APPENDED)
    assert held["appended"] == meant(OLD)
    for name in files.keys() - kept:
        assert held.get(name, set()) == (meant(OLD) if known else set())

    files["a_pipe"].unlink()
    ended = pipeline.ingest()

    assert ended.findings.changing == []
    gone = {f"participant_id={name}/hr.csv" for name in ("removed", "a_pipe")}
    assert set(ended.update.vanished) == (gone if known else set())
    held = table(pipeline)
    assert held["appended"] == winners(final(appended_later))
    for name, path in files.items():
        before = meant(OLD) if known else set()
        given = winners(final(path)) if path.parent.exists() else set()
        instants = {instant for instant, _ in given}
        stays = {(instant, value) for instant, value in before if instant not in instants}
        assert held.get(name, set()) == given | stays, name
    assert verify(Settings.from_env(os.environ), QuietReporter()).ok


def test_a_file_that_changes_between_finding_and_planning_is_left_too(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = write_all(pipeline, OLD + APPENDED)
    pipeline.write(OLD, name="participant_id=good/hr.csv")

    def found_then_changed(data_dir: Path) -> Listing:
        found = discover(data_dir)
        for change in CHANGES:
            change(files[change.__name__])
        return found

    with monkeypatch.context() as patch:
        patch.setattr(search, "discover", found_then_changed)
        result = pipeline.ingest()

    assert result.findings.faults == []
    # What was rewritten before it was looked into is planned and read as it now is.
    as_it_is = {"rewritten", "rewritten_silently", "another_header"}
    assert set(result.findings.changing) >= {
        f"participant_id={name}/hr.csv" for name in files.keys() - as_it_is
    }
    files["a_pipe"].unlink()
    pipeline.ingest()
    held = table(pipeline)
    for name, path in files.items():
        assert held.get(name, set()) == winners(final(path)), name


@dataclass(frozen=True)
class Kind:
    """A kind of file: its name, and how rows are written to it."""

    name: str
    write: Callable[[Path, list[str]], None]


def write_archive(path: Path, rows: list[str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("heart_rate-2024-03-01.json", document(rows))


KINDS = [
    Kind("day.json", lambda path, rows: _keep(path.write_text(document(rows)))),
    Kind(
        "hr.csv.gz", lambda path, rows: _keep(path.write_bytes(gzip.compress(text(rows).encode())))
    ),
    Kind("takeout.zip", write_archive),
    Kind("hr.csv", lambda path, rows: _keep(path.write_text(text(rows)))),
]


def _keep(_: int) -> None:
    """Of a lambda that writes: how many bytes is of no interest."""


HOWS: Mapping[str, Callable[[Kind, Path], None]] = {
    "in place": lambda kind, path: kind.write(path, NEW),
    "by rename": lambda kind, path: _replace(kind, path),
    "removed": lambda _, path: path.unlink(),
}


def _replace(kind: Kind, path: Path) -> None:
    kind.write(path.with_name(".saved"), NEW)
    path.with_name(".saved").replace(path)


@pytest.mark.parametrize(
    "moment", [Moment.BEFORE_READING, Moment.WHILE_READING], ids=["before", "while"]
)
def test_whatever_its_kind_a_file_is_read_whole_or_left(pipeline: Pipeline, moment: str) -> None:
    files: dict[str, tuple[str, Kind, Path]] = {}
    for kind in KINDS:
        for how in HOWS:
            who = f"{kind.name} {how}"
            path = pipeline.data / f"participant_id={who}" / kind.name
            path.parent.mkdir()
            kind.write(path, OLD)
            files[who] = (how, kind, path)

    def act() -> None:
        for how, kind, path in files.values():
            HOWS[how](kind, path)

    result = pipeline.ingest(reporter=ActingReporter(at=moment, act=act))

    assert result.findings.faults == []
    held = table(pipeline)
    for who in files:
        # Of new lines in the old ones' place the whole ones up to the old size are read.
        assert held.get(who) == meant(OLD) or held.get(who, set()) <= meant(NEW), who
    assert len(result.findings.changing) >= len(KINDS)
    after = pipeline.ingest()
    assert (after.findings.faults, after.findings.changing) == ([], [])
    held = table(pipeline)
    for who, (how, _, _) in files.items():
        assert held.get(who, set()) in ([set(), meant(OLD)] if how == "removed" else [meant(NEW)])
    assert pipeline.ingest().outcome == "nothing new"


MOMENTS = (
    Moment.AFTER_LOCK,
    Moment.BEFORE_READING,
    Moment.WHILE_READING,
    Moment.BEFORE_STAGING,
    Moment.MID_STAGE,
    Moment.BEFORE_DBT,
    Moment.BEFORE_COMMIT,
    Moment.BEFORE_STATE,
)


def version_of(version: int) -> list[str]:
    """The same instants with other values, of other lengths."""
    digits = "123456"[: 1 + version % 3]
    return seconds(START, [float(f"{60 + version + number}.{digits}") for number in range(12)])


def test_whenever_a_file_is_replaced_the_next_run_gives_its_last_version(
    pipeline: Pipeline,
) -> None:
    files = {
        f"{kind.name} {how}": (
            pipeline.data / f"participant_id={kind.name} {how}" / kind.name,
            kind,
        )
        for kind in KINDS
        for how in ("in place", "by rename")
    }

    def write(version: int) -> None:
        rows = version_of(version)
        for who, (path, kind) in files.items():
            path.parent.mkdir(exist_ok=True)
            if who.endswith("in place"):
                kind.write(path, rows)
            else:
                kind.write(path.with_name(".saved"), rows)
                path.with_name(".saved").replace(path)

    for number, moment in enumerate(MOMENTS):
        write(2 * number)
        replace = ActingReporter(at=moment, act=partial(write, 2 * number + 1))
        assert pipeline.ingest(reporter=replace).findings.faults == []
        assert replace.done

        after = pipeline.ingest()

        assert (after.findings.faults, after.findings.changing) == ([], [])
        last = meant(version_of(2 * number + 1))
        assert table(pipeline) == dict.fromkeys(files, last), moment


def test_a_rebuild_is_not_made_without_a_file_that_changes(pipeline: Pipeline) -> None:
    pipeline.write(OLD)
    pipeline.ingest()
    reporter = ActingReporter(act=lambda: renamed_over(pipeline.hr_csv))

    with pytest.raises(FileChangedError, match=r"hr\.csv changed while it was read") as refusal:
        pipeline.ingest(Request(mode=Mode.REBUILD, allow_shrink=True), reporter)

    assert refusal.value.exit_code == ExitCode.BAD_INPUT
    assert table(pipeline)["me"] == meant(OLD)


def test_verify_does_not_vouch_for_a_file_that_changes(pipeline: Pipeline) -> None:
    pipeline.write(OLD)
    pipeline.ingest()
    reporter = ActingReporter(act=lambda: renamed_over(pipeline.hr_csv))
    with pytest.raises(FileChangedError, match=r"hr\.csv changed while it was read"):
        verify(Settings.from_env(os.environ), reporter)

    # What is appended meanwhile is for the next run.
    pipeline.ingest()
    more = seconds("2024-03-01 01:00:00", [80.5])
    growing = ActingReporter(act=lambda: pipeline.append(more))
    assert verify(Settings.from_env(os.environ), growing).ok


def test_a_last_line_that_is_being_written_is_not_cut(pipeline: Pipeline) -> None:
    pipeline.hr_csv.write_text(text(OLD) + "2024-03-01 02:00:00,95.41")
    pipeline.ingest()

    def go_on() -> None:
        with pipeline.hr_csv.open("a") as stream:
            stream.write("661\n")

    result = pipeline.ingest(reporter=ActingReporter(act=go_on))
    assert result.findings.changing == ["hr.csv"]
    pipeline.ingest()

    assert table(pipeline)["me"] == meant([*OLD, "2024-03-01 02:00:00,95.41661"])


@pytest.mark.parametrize("left", ["changed", "damaged"])
def test_a_day_decided_without_a_file_is_decided_again_with_it(
    pipeline: Pipeline, left: str
) -> None:
    """The other file's reading loses against this one's, which was not read."""
    pipeline.write(OLD, name="a.csv")
    pipeline.write(NEW, name="b.csv")
    pipeline.ingest()
    assert table(pipeline)["me"] == meant(NEW)
    winner = pipeline.data / "b.csv"
    pipeline.write([*OLD, "2024-03-01 00:00:05,99.5"], name="a.csv")

    if left == "changed":
        more = ["2024-03-02 00:00:00,61.5"]
        pipeline.append(more, name="b.csv")
        reporter = ActingReporter(act=lambda: os.replace(_copy(winner), winner))
        assert pipeline.ingest(reporter=reporter).findings.changing == ["b.csv"]
    else:
        more = []
        whole = winner.read_bytes()
        winner.write_bytes(b"")
        (fault,) = pipeline.ingest().findings.faults
        assert isinstance(fault, BadFileError)
        winner.write_bytes(whole)
    pipeline.ingest()

    assert table(pipeline)["me"] == meant([*NEW, *more])
    assert pipeline.ingest().outcome == "nothing new"


def _copy(path: Path) -> Path:
    copy = path.with_name(".copy")
    copy.write_bytes(path.read_bytes())
    return copy
