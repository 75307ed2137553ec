"""Write the data into a folder of Parquet or CSV files, with a data dictionary and a README.

Everything is read in one transaction, so that the files agree with each other. The folder appears
under its name when all files are complete (``folder.py``).
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from loader.commands.export.dictionary import described, write_dictionary
from loader.commands.export.files import ExportedFile, Files
from loader.commands.export.folder import ELSEWHERE, new_folder
from loader.commands.export.layouts import LAYOUTS
from loader.commands.export.readme import About, write_readme
from loader.commands.export.relations import RELATIONS
from loader.commands.export.request import ExportRequest
from loader.commands.export.source import Source, open_source
from loader.configuration.settings import Settings
from loader.console import Reporter, Step, Stopwatch
from loader.database.lock_watch import locks_watched
from loader.database.session import connect
from loader.errors import CantWriteError, LoaderError, OutOfMemoryError, UsageError
from loader.resources import as_resource_error
from loader.transform.marts_settings import other_settings
from loader.wording import counted, shown_lines, sized

DICTIONARY = "dictionary.csv"
README = "README.md"


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Attributes:
        folder: the folder.
        made_at: the time of the snapshot.
        participants: whose data it has.
        files: the files with data.
        seconds: how long it took.
        settings: a sentence about the marts' settings if they are not the present ones.
    """

    folder: Path
    made_at: datetime
    participants: list[str]
    files: list[ExportedFile]
    seconds: float
    settings: str | None


def export(settings: Settings, request: ExportRequest, reporter: Reporter) -> Exported:
    """Write an export.

    Raises:
        LoaderError: there is no such participant, nothing is loaded, the folder exists or can't be
            written, or the database failed. Nothing is left under the folder's name.
    """
    _refuse_data_folder(settings.data_dir, request.folder)
    watch = Stopwatch(reporter)
    with (
        watch.step(Step.EXPORT, f"exporting to {request.folder}"),
        new_folder(request.folder) as folder,
    ):
        try:
            with (
                connect(os.environ, "export") as session,
                locks_watched(settings.lock_wait, reporter.note),
            ):
                differing = other_settings(session, settings)
                with open_source(session, request, reporter) as source:
                    files = _write(settings, request, source, folder)
                reporter.step(Step.COMMIT, "writing the files to the disk")
        except (OSError, duckdb.Error) as error:
            raise _as_loader_error(settings, request.folder, error) from error
    return Exported(
        folder=request.folder,
        made_at=source.made_at,
        participants=source.participants,
        files=files,
        seconds=watch.seconds[Step.EXPORT],
        settings=differing,
    )


def _write(
    settings: Settings, request: ExportRequest, source: Source, folder: Path
) -> list[ExportedFile]:
    files = Files(folder, settings.duckdb_memory)
    try:
        if request.layout is not None:
            layout = LAYOUTS[request.layout]
            written = layout.write(source, files)
            variables = layout.variables
        else:
            written = [
                files.write(relation.name, request.format, *source.read(relation))
                for relation in RELATIONS
            ]
            schemas = [
                (relation.name, file.schema)
                for relation, file in zip(RELATIONS, written, strict=True)
            ]
            variables = described(settings.dbt_project_dir, schemas)
    finally:
        files.close()
    write_dictionary(folder / DICTIONARY, variables)
    write_readme(folder / README, About.of(request, source, written))
    return written


def _refuse_data_folder(data: Path, folder: Path) -> None:
    """The next run would read the files of an export in ``DATA_DIR``."""
    if folder.resolve().is_relative_to(data.resolve()):
        raise UsageError(
            f"{folder} is in DATA_DIR, where the next run would read the exported files",
            f"name a folder outside of {data}: {ELSEWHERE}",
        )


def _as_loader_error(
    settings: Settings, folder: Path, error: OSError | duckdb.Error
) -> LoaderError:
    """The error to show for a file that can't be written."""
    shortage = as_resource_error(error, folder.parent, "EXPORT_DIR", settings.duckdb_memory)
    if isinstance(shortage, OutOfMemoryError):
        return shortage
    what = (
        shortage.what if shortage else f"{folder} can't be written: {' '.join(str(error).split())}"
    )
    return CantWriteError(what, f"free some space, or name another folder: {ELSEWHERE}")


def render_exported(exported: Exported) -> str:
    """The lines for a terminal."""
    width = max([len(file.path) for file in exported.files], default=0)
    return shown_lines(
        [
            f"exported {counted(len(exported.participants), 'participant')} to {exported.folder}",
            *(
                f"  {file.path:<{width}}  {counted(file.rows, 'row'):>15}  {sized(file.bytes)}"
                for file in exported.files
            ),
            f"  {DICTIONARY} describes every column, {README} says how to read them",
            f"  as of    {exported.made_at:%Y-%m-%d %H:%M:%S} UTC",
            f"  seconds  {exported.seconds:.1f}",
            *([f"  marts    {exported.settings}"] if exported.settings else []),
        ]
    )
