"""Write report/heart_rate.html, one file to open, mail and print, and report/study.html."""

import os
import sys
from pathlib import Path
from urllib.parse import quote

import click

from loader.commands.opened_store import READ_THE_ARCHIVE, require_table
from loader.configuration.env_file import load_settings
from loader.configuration.settings import PROJECT, Settings
from loader.errors import ExitCode, LoaderError
from loader.file_names import file_names
from loader.wording import shown
from scripts.report.overview import read_overview
from scripts.report.overview_page import render as render_overview
from scripts.report.page import render
from scripts.report.study import Study, read_everyone, read_study

STUDY_PAGE = "study.html"


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
@click.option(
    "--everyone",
    is_flag=True,
    help="Also write a page for every participant, linked from the study page.",
)
def main(output: Path, participant: str | None, everyone: bool) -> None:
    """Write the report of the database that PGHOST, PGPORT and PGDATABASE select.

    With several participants it also writes a study page, study.html in the same folder.
    """
    if output.name.casefold() == STUDY_PAGE:
        raise click.BadParameter(f"{STUDY_PAGE} is the name of the study page", param_hint="output")
    try:
        load_settings(os.environ)
        require_table(Settings.from_env(os.environ), "make report", READ_THE_ARCHIVE)
        study = read_study(os.environ, participant)
        if not study.built and output.exists():
            raise NothingToReportError(
                f"the database {os.environ.get('PGDATABASE') or 'fitbit'} at "
                f"{os.environ.get('PGHOST')} has no marts; {output} was left as it is",
                "set PGDATABASE to the right one, or load it first: make ingest",
            )
        several = len(study.coverage) > 1
        _write(output, render(study, STUDY_PAGE if several else None))
        if several:
            _write_overview(output, study, everyone)
    except LoaderError as error:
        click.echo(f"error: {shown(str(error))}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        what = f"{output} can't be written: {error.strerror}"
        click.echo(f"error: {what} — make report ARGS='--output FILE'", err=True)
        sys.exit(ExitCode.CANT_WRITE)


def _write_overview(output: Path, study: Study, everyone: bool) -> None:
    """Write the study page next to ``output`` and, if requested, the page of each participant."""
    folder = output.parent
    pages = {study.person.participant_id: quote(output.name)}
    if everyone:
        files = file_names([row.participant_id for row in study.coverage])
        for one in read_everyone(os.environ, study):
            who = one.person.participant_id
            pages[who] = f"participants/{files[who]}.html"
            _write(folder / pages[who], render(one, f"../{STUDY_PAGE}"))
    _write(folder / STUDY_PAGE, render_overview(read_overview(os.environ), pages))


def _write(output: Path, page: str) -> None:
    """Replace the file atomically: a reader sees either the old page or the new one."""
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = output.with_suffix(".new")
    temporary.write_text(page, encoding="utf-8")
    temporary.replace(output)
    click.echo(f"{output}: {output.stat().st_size / 1e6:.1f} MB; open it in a browser")


if __name__ == "__main__":
    main(prog_name="python -m scripts.report")
