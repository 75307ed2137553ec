"""The command line: parse, call, print, exit."""

import gc
import os
import shutil
import signal
import sys
import traceback
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from loader import __version__
from loader.configuration.env_file import load_settings
from loader.configuration.settings import Settings
from loader.configuration.stored_in import StoredIn, use_ledger_of_shard
from loader.console import Console
from loader.errors import INTERRUPTED, ExitCode, LoaderError, UsageError
from loader.notify import Ending, Notifier
from loader.resources import as_resource_error

NOTIFYING = ("ingest",)
"""The commands that run unattended and send notifications."""

LAYOUT_NAMES = ("fitabase", "rapids", "all-of-us", "open-mhealth")
"""The names of loader.commands.export.layouts, whose import takes half a second."""

EXIT_CODES = "Exit codes: " + ", ".join(f"{code.value} {code.name}" for code in ExitCode)


class _Commands(click.Group):
    """Prints every error as one line with a hint, and exits with the error's exit code."""

    def invoke(self, context: click.Context) -> None:
        ending = self._ending(context)
        if context.invoked_subcommand in NOTIFYING:
            _notifier().ended(ending)
        context.exit(ending.code)

    def _ending(self, context: click.Context) -> Ending:
        try:
            ending = super().invoke(context)
            return ending if isinstance(ending, Ending) else Ending()
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except LoaderError as error:
            return _failed(context, str(error), error.exit_code)
        except KeyboardInterrupt:
            return _failed(context, INTERRUPTED, ExitCode.INTERRUPTED)
        except Exception as error:
            shortage = as_resource_error(error, *_error_context(error))
            if shortage is not None:
                return _failed(context, str(shortage), shortage.exit_code)
            text = f"{type(error).__name__}: {' '.join(str(error).split())}"
            hint = "a bug in the loader; run again with --debug"
            return _failed(context, f"{text} — {hint}", ExitCode.BUG)


def _error_context(error: Exception) -> tuple[Path, str, str]:
    """The folder, settings and memory limit to name for an error that no step of a run handled."""
    file = getattr(error, "filename", None)
    folder = Path(str(file)).parent if file else Path.cwd()
    return folder, "STATE_DIR, LOG_DIR or SCRATCH_DIR", os.environ.get("LOADER_MEMORY") or "128MB"


def _failed(context: click.Context, text: str, code: ExitCode) -> Ending:
    Console().error(text)
    if context.params.get("debug"):
        traceback.print_exc()
    return Ending(code, (text,))


def _notifier() -> Notifier:
    return Notifier.from_env(os.environ, Console().note)


@click.group(
    cls=_Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__)
def main(debug: bool) -> None:
    """Load Fitbit heart-rate files into TimescaleDB."""
    # Only this user may read the state, the logs and dbt's artifacts.
    os.umask(0o077)
    load_settings(os.environ)
    use_ledger_of_shard(os.environ)


def _choose_shard(_context: click.Context, _option: click.Parameter, shard: str | None) -> None:
    if shard:
        os.environ["LOADER_SHARD"] = shard
        use_ledger_of_shard(os.environ)


max_rejected_option = click.option(
    "--max-rejected",
    type=click.IntRange(min=0),
    default=None,
    help="Refuse a file with more rejected rows [default: more than 100 and 10 %, or all rows].",
)

new_data_dir_option = click.option(
    "--new-data-dir", is_flag=True, help="Read DATA_DIR even if the last run read another folder."
)


shard_option = click.option(
    "--shard",
    callback=_choose_shard,
    expose_value=False,
    help="Load a share of the participants, such as 1/4 (STORE=archive).  [default: LOADER_SHARD]",
)


@main.command()
@max_rejected_option
@new_data_dir_option
@shard_option
@click.option("--reconcile", is_flag=True, help="Compare every file in full; repair what differs.")
@click.option("--full-refresh", is_flag=True, help="Rebuild the table from all files.")
@click.option("--allow-shrink", is_flag=True, help="Allow a full refresh to lose readings.")
@click.option(
    "--load-dropped",
    is_flag=True,
    help="With --reconcile, load again what RETENTION has dropped and now keeps.",
)
def ingest(
    max_rejected: int | None,
    new_data_dir: bool,
    reconcile: bool,
    full_refresh: bool,
    allow_shrink: bool,
    load_dropped: bool,
) -> Ending:
    """Find new and changed readings, stage them, merge them with dbt, commit the state."""
    from loader.mode import Mode

    if reconcile and full_refresh:
        raise click.UsageError("--reconcile and --full-refresh can't be combined")
    if allow_shrink and not full_refresh:
        raise click.UsageError("--allow-shrink requires --full-refresh")
    if load_dropped and not reconcile:
        raise click.UsageError("--load-dropped requires --reconcile")
    mode = Mode.RECONCILE if reconcile else Mode.REBUILD if full_refresh else Mode.DELTA
    # `docker compose stop` and `kill` end a run as Ctrl-C does; a second signal ends it at once.
    signal.signal(signal.SIGTERM, _interrupt)
    _notifier().started()
    return _run(
        mode=mode,
        max_rejected=max_rejected,
        allow_shrink=allow_shrink,
        new_data_dir=new_data_dir,
        load_dropped=load_dropped,
    )


@main.command()
@max_rejected_option
@new_data_dir_option
def load(max_rejected: int | None, new_data_dir: bool) -> Ending:
    """Find and stage new and changed readings; dbt merges them, and the next ingest commits."""
    from loader.mode import Mode

    return _run(
        mode=Mode.DELTA,
        max_rejected=max_rejected,
        command="load",
        stage_only=True,
        new_data_dir=new_data_dir,
    )


@main.command()
def status() -> None:
    """Show what is loaded, how the last run ended, and what to do next; fail if all isn't well."""
    from loader.commands.status import read_status, render_status

    found = read_status(Settings.from_env(os.environ))
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    click.echo(render_status(found, width))
    for error in found.errors:
        Console().error(error)
    sys.exit(ExitCode.CHECK_FAILED if found.errors else ExitCode.OK)


@main.command()
def verify() -> None:
    """Check that the table holds exactly the files' readings; changes nothing."""
    from loader.commands.summary import render_verification
    from loader.commands.verify.verify import verify as verify_table
    from loader.names import printable_name

    settings = Settings.from_env(os.environ)
    verification = verify_table(settings, Console())
    click.echo(f"data folder {printable_name(str(settings.data_dir))}")
    click.echo(render_verification(verification))
    sys.exit(ExitCode.OK if verification.ok else ExitCode.CHECK_FAILED)


@main.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The folder to create.  [default: EXPORT_DIR, export]",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["parquet", "csv"]),
    help="The format of the files.  [default: parquet]",
)
@click.option("--layout", type=click.Choice(LAYOUT_NAMES), help="The files of another tool.")
@click.option("--participant", multiple=True, help="Only this one; may be repeated.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day.")
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), help="The day after the last one.")
def export(
    output: Path | None,
    file_format: str | None,
    layout: str | None,
    participant: tuple[str, ...],
    first: datetime | None,
    end: datetime | None,
) -> None:
    """Write Parquet or CSV files, a data dictionary and a README into a new folder."""
    from loader.commands.export.export import export as write_export
    from loader.commands.export.export import render_exported
    from loader.commands.export.request import ExportRequest, Format
    from loader.commands.opened_store import READ_THE_ARCHIVE, require_table

    if layout and file_format:
        raise click.UsageError("--layout and --format can't be combined")
    if first and end and first >= end:
        raise click.UsageError("--to is the day after the last one: it must be later than --from")
    settings = Settings.from_env(os.environ)
    require_table(settings, "make export", READ_THE_ARCHIVE)
    request = ExportRequest(
        folder=(output or settings.export_dir).expanduser().absolute(),
        format=Format(file_format or "parquet"),
        layout=layout,
        participants=participant,
        first_day=first.date() if first else None,
        end_day=end.date() if end else None,
    )
    click.echo(render_exported(write_export(settings, request, Console())))


@main.command()
@click.option("--full", is_flag=True, help="Compare every file with heart_rate; repair them.")
@click.option(
    "--by", type=click.Choice(["day", "month"]), help="The files of a new archive.  [default: day]"
)
@click.option(
    "--buckets",
    type=click.IntRange(1, 1000),
    help="Groups of participants of a new archive.  [default: 1]",
)
def archive(full: bool, by: str | None, buckets: int | None) -> None:
    """Write the days that have changed to the Parquet archive in ARCHIVE_DIR, or begin one."""
    from loader.commands.archive.archive import archive as write_archive
    from loader.commands.archive.begin import begin
    from loader.commands.archive.layout import By
    from loader.commands.archive.request import ArchiveRequest, render_archived

    settings = Settings.from_env(os.environ)
    request = ArchiveRequest(full=full, by=By(by) if by else None, buckets=buckets)
    write = begin if settings.stored_in is StoredIn.ARCHIVE else write_archive
    click.echo(render_archived(write(settings, request, Console())))


@main.command()
def archive_verify() -> None:
    """Check that the archive holds exactly the readings of heart_rate; changes nothing."""
    from loader.commands.archive.verify import render_archive_verification, verify_archive

    verification = verify_archive(Settings.from_env(os.environ), Console())
    click.echo(render_archive_verification(verification))
    sys.exit(ExitCode.OK if verification.ok else ExitCode.CHECK_FAILED)


@main.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path), required=False)
def inspect(file: Path | None) -> None:
    """Describe FILE (a file, an archive or a folder); loads nothing and needs no database."""
    from loader.commands.inspect.inspect import inspect as inspect_file
    from loader.commands.inspect.render import render_inspection

    if file is None:
        raise UsageError(
            "FILE is missing",
            "make inspect FILE=data/hr.csv, or the path of an archive or a folder",
        )
    console, settings = Console(), Settings.from_env(os.environ)
    inspected = inspect_file(settings, file, console)
    click.echo(render_inspection(settings, inspected))
    for fault in inspected.faults:
        console.error(str(fault))
    sys.exit(ExitCode.BAD_INPUT if inspected.faults else ExitCode.OK)


@main.command()
@click.argument("participant")
@click.option("--yes", is_flag=True, help="Don't ask first; required without a terminal.")
def forget(participant: str, yes: bool) -> None:
    """Erase PARTICIPANT from readings, marts and ledger, in one transaction. Can't be undone."""
    from loader.commands.forget.forget import Holdings, render_forgotten, render_holdings
    from loader.commands.forget.forget import forget as erase

    if not participant:
        raise click.UsageError("name a participant: make forget PARTICIPANT=…")
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("no terminal for the confirmation: make forget … ARGS=--yes")
    settings = Settings.from_env(os.environ)

    def agree(found: Holdings) -> bool:
        click.echo(render_holdings(settings, found))
        return yes or _confirmed("Erase all of this? It can't be undone.")

    erased = erase(settings, participant, Console(), agree)
    click.echo(render_forgotten(settings, erased) if erased else "nothing was erased")


def _confirmed(question: str) -> bool:
    """Ask for confirmation.

    Raises:
        KeyboardInterrupt: there was no answer (Ctrl-C, or the input ended).
    """
    try:
        return click.confirm(question)
    except click.Abort as error:
        raise KeyboardInterrupt from error


@main.command()
def reset() -> None:
    """Delete the state, so that the next ingest compares every file; the table is unchanged."""
    settings = Settings.from_env(os.environ)
    settings.state_file.unlink(missing_ok=True)
    click.echo(f"deleted {settings.state_file}: the next ingest compares every file in full")


def _interrupt(number: int, _frame: object) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)
    raise KeyboardInterrupt


def _run(**request: object) -> Ending:
    from loader.commands.ingest import ingest as run
    from loader.commands.summary import render_run
    from loader.run import Request

    console = Console()
    result = run(Settings.from_env(os.environ), Request(**request), console)  # type: ignore[arg-type]
    summary = render_run(result)
    click.echo(summary)
    errors = tuple(str(error) for error in result.errors)
    for error in errors:
        console.error(error)
    # Without this, collecting dbt's objects at exit takes 0.2 s.
    gc.freeze()
    return Ending(result.exit_code, errors, summary)
