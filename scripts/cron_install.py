"""Install the nightly run and a weekly full comparison in this user's crontab.

cron starts a command with almost no environment, so a line is only installed (or printed) if its
settings are those of this shell; differing settings can be written to ``.env``.
"""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click

from loader.configuration.duration import render_duration
from loader.configuration.env_file import load_settings, write_env_file
from loader.configuration.settings import Settings
from loader.configuration.variables import (
    DBT_FOLDERS,
    DBT_VARIABLES,
    EMBEDDED_VARIABLES,
    ENV_FILE,
    LIBPQ_VARIABLES,
    OWN_VARIABLES,
    PATHS,
    SECRETS,
)
from loader.errors import CantWriteError, LoaderError, SettingsError
from loader.names import printable_name

NIGHTLY = "17 3 * * *"
WEEKLY = "47 4 * * 0"

FIELDS = OWN_VARIABLES | DBT_FOLDERS
"""The field of ``Settings`` for each setting with a default, which may equal the unset one."""

COMPARED = tuple(
    dict.fromkeys((*OWN_VARIABLES, *LIBPQ_VARIABLES, *EMBEDDED_VARIABLES, *DBT_VARIABLES))
)


class CronError(LoaderError):
    """The crontab can't be read or written."""

    exit_code = CantWriteError.exit_code


@click.command()
@click.option("--write-env", is_flag=True, help="Write the settings that cron lacks to .env.")
def main(write_env: bool) -> None:
    """Install the crontab lines; with PRINT set, or without cron, only print them."""
    try:
        _install(Path.cwd(), write_env)
    except LoaderError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)


@dataclass(frozen=True)
class Difference:
    """A variable that a run under cron reads differently.

    Attributes:
        value: this shell's value, as it would be written to ``.env``; empty if it has none.
        here, under_cron: both values, as shown to people.
    """

    value: str
    here: str
    under_cron: str


def differing_settings(here: Mapping[str, str], cron: Mapping[str, str]) -> dict[str, Difference]:
    """The settings that a run under cron would read differently, by the variable's name.

    Args:
        here: this shell's environment, with ``.env`` loaded.
        cron: the environment of a run under cron, with ``.env`` loaded.

    Raises:
        SettingsError: the settings of either are not usable.
    """
    ours, theirs = Settings.from_env(here), Settings.from_env(cron)
    differing = {}
    for name in COMPARED:
        value, other = _meant(name, here.get(name)), _meant(name, cron.get(name))
        if name in FIELDS:
            means, meant_by_cron = (getattr(s, FIELDS[name]) for s in (ours, theirs))
            if means == meant_by_cron:
                continue
            other = other or _default(meant_by_cron)
        elif value == other:
            continue
        if name in SECRETS:
            here_is, cron_is = "set" if value else "not set", "another" if other else "not set"
            differing[name] = Difference(value, here_is, cron_is)
        else:
            differing[name] = Difference(value, _shown(value), _shown(other))
    return differing


def cron_lines(folder: Path, environ: Mapping[str, str]) -> list[str]:
    """The two lines for a crontab.

    Raises:
        SettingsError: a folder's name can't be written in a crontab.
    """
    return [
        _line(folder, environ, environ.get("CRON_INGEST") or NIGHTLY, "ingest"),
        _line(folder, environ, environ.get("CRON_RECONCILE") or WEEKLY, "reconcile"),
    ]


def _install(folder: Path, write_env: bool) -> None:
    here = _settings_file_of(folder) | dict(os.environ)
    load_settings(here, drop_connection=True)
    differing = differing_settings(here, _cron_environment(folder))
    if differing:
        _write_differing(folder / ".env", differing, write_env)
        if still := differing_settings(here, _cron_environment(folder)):
            raise SettingsError(
                f"a run under cron would still read another {', '.join(still)}",
                f"correct {folder / '.env'}",
            )
    lines = cron_lines(folder, here)
    if os.environ.get("PRINT") or not shutil.which("crontab"):
        click.echo("\n".join(lines))
        return
    _replace_lines(folder, lines)
    click.echo("installed; runs never overlap, because a second one exits with code 75:")
    click.echo("\n".join(lines))


def _cron_environment(folder: Path) -> dict[str, str]:
    """The environment of a command under cron, with the additions of make and ``.env``.

    Raises:
        SettingsError: ``.env`` can't be used.
    """
    user = pwd.getpwuid(os.getuid())
    environ = {
        "HOME": user.pw_dir,
        "LOGNAME": user.pw_name,
        "SHELL": "/bin/sh",
        "PATH": "/usr/bin:/bin",
    }
    environ |= _settings_file_of(folder)
    load_settings(environ, drop_connection=True)
    return environ


def _settings_file_of(folder: Path) -> dict[str, str]:
    """The variable that make sets if there is a ``.env``."""
    file = folder / ".env"
    return {ENV_FILE: str(file)} if file.exists() else {}


def _write_differing(file: Path, differing: Mapping[str, Difference], write_env: bool) -> None:
    """Write the differing settings to ``.env`` if the user agrees.

    Raises:
        SettingsError: the user doesn't agree, or writing them wouldn't help.
        CantWriteError: the file can't be written.
    """
    differences = [
        f"{name} is {difference.here} here and {difference.under_cron} under cron"
        for name, difference in differing.items()
    ]
    what = f"a run under cron would read other settings than this shell: {'; '.join(differences)}"
    unset = [name for name, difference in differing.items() if not difference.value]
    if unset:
        raise SettingsError(what, f"remove {', '.join(unset)} from {file}, or set them here too")
    if not write_env and sys.stdin.isatty() and sys.stderr.isatty():
        heading = "a run under cron would read other settings:"
        click.echo("\n  ".join([heading, *differences]), err=True)
        write_env = click.confirm(f"Write them to {file}?", default=False, err=True)
    if not write_env:
        raise SettingsError(what, f"write them into {file}: make cron-install ARGS=--write-env")
    try:
        write_env_file(file, {name: each.value for name, each in differing.items()})
    except OSError as error:
        raise CantWriteError(
            f"{file} can't be written: {error.strerror}", "make its folder writable for this user"
        ) from error
    click.echo(f"wrote {', '.join(differing)} to {file}", err=True)


def _shown(value: str) -> str:
    return printable_name(value) if value else "not set"


def _default(value: object) -> str:
    """A default as a person would write it; empty if there is none."""
    return render_duration(value) if isinstance(value, timedelta) else str(value or "")


def _meant(name: str, value: str | None) -> str:
    """A value as it would be written to ``.env``: paths are absolute."""
    if value and name in PATHS:
        return str(Path(value).expanduser().absolute())
    return value or ""


def _line(folder: Path, environ: Mapping[str, str], schedule: str, command: str) -> str:
    logs = _meant("LOG_DIR", environ.get("LOG_DIR")) or "logs"
    for path in (str(folder), logs):
        if not str(path).isprintable():
            raise SettingsError(
                f"a crontab can't hold {str(path)!r}", "give the folder another name"
            )
    script = _quoted(str(folder / "scripts" / "cron_run.sh"))
    return f"{schedule} {script} {command} {_quoted(logs)} {_tag(folder)}"


def _quoted(text: str) -> str:
    """Quoted for the shell, and for cron, where an unescaped percent sign ends the command."""
    if text == "logs":
        return text
    return "'" + text.replace("'", "'\\''").replace("%", "\\%") + "'"


def _tag(folder: Path) -> str:
    return "# fitbit-heart-rate " + str(folder).replace("%", "\\%")


def _replace_lines(folder: Path, lines: list[str]) -> None:
    """Replace this folder's lines in the crontab.

    Raises:
        CronError: the crontab can't be read or written; it is unchanged.
    """
    listed = _crontab("-l")
    # "no crontab" means that there is nothing to keep. After any other error, overwrite nothing.
    if listed.returncode != 0 and "no crontab" not in listed.stderr:
        raise CronError(f"the crontab can't be read: {listed.stderr.strip()}", "see crontab -l")
    ours = (_tag(folder), f"# fitbit-heart-rate {folder}")
    others = [line for line in listed.stdout.splitlines() if not line.rstrip().endswith(ours)]
    written = _crontab("-", "\n".join([*others, *lines, ""]))
    if written.returncode != 0:
        raise CronError(f"the crontab can't be written: {written.stderr.strip()}", "see crontab -l")


def _crontab(argument: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["crontab", argument],
        input=text,
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
        check=False,
    )


if __name__ == "__main__":
    main(prog_name="make cron-install")
