"""Does what the actions say to the real project, and checks it against the reference."""

import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import singledispatchmethod

import pytest

from loader.commands.run_result import RunResult
from loader.commands.verify.verify import verify
from loader.configuration.settings import Settings
from loader.console import Step
from loader.errors import BadFileError, ExitCode, LoaderError, NoInputError, ShrinkRefusedError
from loader.mode import Mode
from loader.run import Request
from tests.pipeline import Pipeline, QuietReporter
from tests.properties import actions
from tests.properties.folder import FIRST_DAY, HEADER, File, Folder, devices
from tests.properties.reference import Reference, Table, rows

FULL_LOOK = (Mode.RECONCILE, Mode.REBUILD)


class DiedError(Exception):
    """The process dies here."""


@dataclass
class CrashingReporter(QuietReporter):
    """Dies at its n-th sign of life."""

    crash_at: int | None = None
    signs: int = 0

    def step(self, name: Step, text: str) -> None:
        super().step(name, text)
        self._live()

    def progress(self, what: str, done: int, total: int, short: int = 0) -> None:
        # dbt reports from its own threads: raising there fails a model, and the run doesn't die.
        if what != "dbt":
            self._live()

    def _live(self) -> None:
        self.signs += 1
        if self.signs - 1 == self.crash_at:
            raise DiedError


@dataclass
class World:
    """The project and its reference; ``act`` for each action, ``finish`` at the end."""

    pipeline: Pipeline
    header: str = HEADER
    reference: Reference = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing: quicker than a database of its own for every example."""
        shutil.rmtree(self.pipeline.data)
        self.pipeline.data.mkdir()
        self.pipeline.state_file.unlink(missing_ok=True)
        self.pipeline.query(
            "drop table if exists heart_rate cascade;"
            "drop schema if exists staging, ingest, marts cascade"
        )
        self.reference = Reference(Folder(self.pipeline.data, self.header))

    @property
    def folder(self) -> Folder:
        return self.reference.folder

    def table(self) -> Table:
        if self.pipeline.query("select to_regclass('heart_rate')") == [(None,)]:
            return {}
        return {instant: value for _, instant, value in self.pipeline.table()}

    def file(self, name: str) -> File | None:
        return self.folder.files.get(name)

    @singledispatchmethod
    def act(self, action: object) -> None:
        raise NotImplementedError(action)

    @act.register
    def _(self, action: actions.Put) -> None:
        self.folder.away.pop(action.name, None)
        self.folder.put(action.name, action.lines)

    @act.register
    def _(self, action: actions.Append) -> None:
        if file := self.file(action.name):
            file.complete()
            file.lines.extend(action.lines)
            self.folder.save(action.name)
        else:
            self.act(actions.Put(action.name, action.lines))

    @act.register
    def _(self, action: actions.Insert) -> None:
        if file := self.file(action.name):
            place = action.place % (len(file.lines) + 1)
            file.lines[place:place] = action.lines
            self.folder.save(action.name)

    @act.register
    def _(self, action: actions.DropLines) -> None:
        if file := self.file(action.name):
            file.lines = [
                line for place, line in enumerate(file.lines) if place not in action.places
            ]
            self.folder.save(action.name)

    @act.register
    def _(self, action: actions.DropDay) -> None:
        if file := self.file(action.name):
            file.lines = [
                line
                for line in file.lines
                if line.instant is None or (line.instant - FIRST_DAY).days != action.day
            ]
            self.folder.save(action.name)

    @act.register
    def _(self, action: actions.Swap) -> None:
        file = self.file(action.name)
        if file and file.lines:
            one, other = action.one % len(file.lines), action.other % len(file.lines)
            file.lines[one], file.lines[other] = file.lines[other], file.lines[one]
            self.folder.save(action.name)

    @act.register
    def _(self, action: actions.Reverse) -> None:
        if file := self.file(action.name):
            file.lines.reverse()
            self.folder.save(action.name)

    @act.register
    def _(self, action: actions.Correct) -> None:
        file = self.file(action.name)
        places = [place for place, line in enumerate(file.lines) if line.instant] if file else []
        if places:
            place = places[action.place % len(places)]
            self.folder.correct(action.name, place, action.value, keep_time=action.silent)

    @act.register
    def _(self, action: actions.CutLastLine) -> None:
        file = self.file(action.name)
        if file and file.lines:
            self.folder.cut_last_line(action.name, in_the_value=action.in_the_value)

    @act.register
    def _(self, action: actions.CompleteLastLine) -> None:
        if file := self.file(action.name):
            file.complete()
            self.folder.save(action.name)

    @act.register
    def _(self, action: actions.Touch) -> None:
        if self.file(action.name):
            self.folder.save(action.name)

    @act.register
    def _(self, action: actions.TakeAway) -> None:
        if self.file(action.name):
            self.folder.take_away(action.name)

    @act.register
    def _(self, action: actions.BringBack) -> None:
        if action.name in self.folder.away:
            self.folder.bring_back(action.name)

    @act.register
    def _(self, action: actions.Rename) -> None:
        if self.file(action.name) and action.name != action.other:
            self.folder.rename(action.name, action.other)

    @act.register
    def _(self, action: actions.SpoilState) -> None:
        if action.text is None:
            self.pipeline.state_file.unlink(missing_ok=True)
        elif self.pipeline.state_file.exists():
            self.pipeline.state_file.write_text(action.text)

    @act.register
    def _(self, action: actions.LoseTable) -> None:
        if self.table():
            self.pipeline.query(action.statement)
            self.reference.lose_table()

    @act.register
    def _(self, action: actions.Run) -> None:
        before, state = self.table(), self._state_text()
        reporter = CrashingReporter(crash_at=action.crash_at)
        # Files of a few lines, at times all of them bad: the limit has tests of its own.
        request = Request(mode=action.mode, max_rejected=1_000, allow_shrink=action.allow_shrink)
        try:
            result = self.pipeline.ingest(request, reporter)
        except DiedError:
            self._crashed(reporter)
            assert self._state_text() == state
        except LoaderError as error:
            self._check_refusal(action, error, before)
            assert self._state_text() == state
        else:
            self._ended(action, result, before)

    def _crashed(self, reporter: CrashingReporter) -> None:
        self.reference.crashed()
        # The ledger is committed when the step that writes the state file begins.
        if reporter.steps[-1] is Step.STATE:
            self.reference.committed()

    def _check_refusal(self, action: actions.Run, error: LoaderError, before: Table) -> None:
        if isinstance(error, NoInputError):
            assert not self.folder.files
        elif isinstance(error, BadFileError):
            assert self.reference.refuses
        else:
            assert isinstance(error, ShrinkRefusedError), error
            assert action.mode is Mode.REBUILD
            assert not action.allow_shrink
            assert before.keys() - self.reference.table().keys()
        assert self.table() == before

    def _ended(self, action: actions.Run, result: RunResult, before: Table) -> None:
        assert bool(result.findings.faults) == self.reference.refuses
        if result.findings.faults:
            # What a refused file gave before is neither in the files nor gone: nothing to check.
            self.reference.crashed()
            self.reference.committed()
            return
        if action.mode is Mode.REBUILD:
            assert action.allow_shrink or not before.keys() - self.reference.table().keys()
            self.reference.lose_table()
        held = self.table()
        self.reference.check_table(held)
        self._check_counts(action, result, before, held)
        self._check_rejected()
        self.reference.accept_table(held)
        self._check_state(result)

    def _check_counts(
        self, action: actions.Run, result: RunResult, before: Table, held: Table
    ) -> None:
        counts, latest = result.counts, self.reference.latest
        counts.check()
        if action.mode is Mode.REBUILD or not before:
            assert (counts.new + counts.late, counts.corrected) == (counts.staged, 0)
        else:
            added = held.keys() - before.keys()
            new = sum(latest is None or instant > latest for instant in added)
            corrected = sum(held[instant] != before[instant] for instant in before)
            assert counts.new + counts.late == len(added)
            assert counts.new == new or not self.reference.latest_is_sure
            assert counts.corrected == corrected
        if action.mode in FULL_LOOK:
            taken = self.reference.taken()
            given = [line for lines in taken.values() for line in lines if line.instant]
            assert counts.read == sum(rows(lines) for lines in taken.values())
            assert counts.rejected == len(self.reference.rejected())
            assert counts.duplicate == len(given) - len(self.reference.table())
        assert self._recorded_counts(result.run_id) == (
            counts.read,
            counts.staged,
            counts.new,
            counts.late,
            counts.corrected,
            counts.unchanged,
            counts.duplicate,
            counts.rejected,
        )

    def _recorded_counts(self, run_id: int) -> tuple[int, ...]:
        rows: list[tuple[int, ...]] = self.pipeline.query(
            "select rows_read, rows_staged, rows_new, rows_late, rows_corrected, rows_unchanged,"
            " rows_duplicate, rows_rejected from ingest.runs where run_id = %s",
            [run_id],
        )
        return rows[0]

    def _check_rejected(self) -> None:
        recorded = self.pipeline.query("select path, line, raw from ingest.rejected_rows")
        assert set(recorded) == self.reference.rejected()

    def _check_state(self, result: RunResult) -> None:
        latest = self.reference.latest
        assert result.last_ok_run == latest
        if latest is not None:
            state = json.loads(self._state_text() or "")
            assert datetime.fromisoformat(state["last_OK_run"]).astimezone(UTC) == latest

    def _state_text(self) -> str | None:
        file = self.pipeline.state_file
        return file.read_text() if file.exists() else None

    def finish(self) -> None:
        """Whatever happened, two nights later all is right, and a rebuild changes nothing."""
        self._mend_refused_files()
        if not self.folder.files:
            return
        for _ in range(2):  # a last line without its newline is taken by the second
            self.act(actions.Run())
        self._check_that_nothing_is_new()
        self.act(actions.Run(Mode.RECONCILE))
        assert verify(Settings.from_env(self.pipeline.environment), QuietReporter()).ok
        self._check_rebuild()

    def _mend_refused_files(self) -> None:
        for name, file in list(self.folder.files.items()):
            if file.is_refused:
                self.folder.take_away(name)

    def _check_that_nothing_is_new(self) -> None:
        result = self.pipeline.ingest()
        if self.reference.latest is not None:
            assert (result.outcome, result.counts.files_read) == ("nothing new", 0)

    def _check_rebuild(self) -> None:
        held, given = self.table(), self.reference.table()
        if held.keys() - given.keys():
            with pytest.raises(ShrinkRefusedError) as refusal:
                self.pipeline.ingest(Request(mode=Mode.REBUILD, max_rejected=1_000))
            assert refusal.value.exit_code == ExitCode.REFUSED
            assert self.table() == held
        self.act(actions.Run(Mode.REBUILD, allow_shrink=True))
        assert self.table() == given
        self._check_that_nothing_is_new()
        recorded = self.pipeline.query(
            "select day, device, first_timestamp, last_timestamp from ingest.devices"
        )
        assert set(recorded) == devices(self.reference.taken().values())
