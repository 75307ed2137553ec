"""Write report/heart_rate.html, one file to open, mail and print."""

import os
import sys
from pathlib import Path

import click

from loader.configuration.env_file import load_settings
from loader.configuration.settings import PROJECT
from loader.errors import ExitCode, LoaderError
from loader.wording import shown
from scripts.report.page import render
from scripts.report.study import read_study


class NothingToReportError(LoaderError):
    """The database has never been loaded, and the report would replace an existing page."""

    exit_code = ExitCode.NO_INPUT


@click.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=PROJECT / "report" / "heart_rate.html",
    help="The file to write.  [default: report/heart_rate.html]",
)
@click.option(
    "--participant",
    help="The participant to show.  [default: the one with the most days]",
)
def main(output: Path, participant: str | None) -> None:
    """Write the report of the database that PGHOST, PGPORT and PGDATABASE select."""
    try:
        load_settings(os.environ)
        study = read_study(os.environ, participant)
        if not study.built and output.exists():
            raise NothingToReportError(
                f"the database {os.environ.get('PGDATABASE') or 'fitbit'} at "
                f"{os.environ.get('PGHOST')} has no marts; {output} was left as it is",
                "set PGDATABASE to the right one, or load it first: make ingest",
            )
    except LoaderError as error:
        click.echo(f"error: {shown(str(error))}", err=True)
        sys.exit(error.exit_code)
    try:
        _write(output, render(study))
    except OSError as error:
        what = f"{output} can't be written: {error.strerror}"
        click.echo(f"error: {what} — make report ARGS='--output FILE'", err=True)
        sys.exit(ExitCode.CANT_WRITE)
    click.echo(f"{output}: {output.stat().st_size / 1e6:.1f} MB; open it in a browser")


def _write(output: Path, page: str) -> None:
    """Replace the file atomically: a reader sees either the old page or the new one."""
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = output.with_suffix(".new")
    temporary.write_text(page, encoding="utf-8")
    temporary.replace(output)


if __name__ == "__main__":
    main(prog_name="python -m scripts.report")
