"""``.env``, the settings file that docker compose reads too; the environment wins over it.

Compose and we must read the same value, so a value that the two would read differently is refused:

* In single quotes a value is literal.
* Without quotes and in double quotes, ``$NAME``, ``${NAME}``, ``${NAME:-default}`` and
  ``${NAME-default}`` stand for a variable of the environment or of an earlier line, ``$$`` for a
  dollar sign. Compose reads an unknown variable as empty; here it is a fault.
* A backslash in double quotes is a fault, as the two know different escapes.
"""

import difflib
import os
import re
import zlib
from collections.abc import Iterable, Mapping, MutableMapping
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from loader.configuration.variables import (
    EMBEDDED_SERVER,
    EMBEDDED_VARIABLES,
    ENV_FILE,
    EXPORTED,
    LIBPQ_VARIABLES,
    OTHERS_VARIABLES,
    OWN_VARIABLES,
    PATHS,
    SETTINGS_FILE_VARIABLES,
)
from loader.errors import SettingsError

if TYPE_CHECKING:
    from dotenv.parser import Binding

PROJECT = Path(__file__).resolve().parents[2]

JUDGED_PREFIXES = ("FITBIT_", "LOADER_", "EMBEDDED_DB_")
"""A name in ``.env`` with one of these that is not a variable of ours is a misspelt one."""

VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<bare>[A-Za-z_]\w*)"
    r"|\{(?P<name>[A-Za-z_]\w*)(?:(?P<unless>:?-)(?P<default>[^${}]*))?\}|)",
    re.ASCII,
)

LITERAL = re.compile(r"[\w./:@%+,=~-]+", re.ASCII)
"""A value that needs no quotes."""


def load_settings(
    environ: MutableMapping[str, str], *, connection_is_ours: bool = False
) -> set[str]:
    """Add the settings of ``.env`` to ``environ``, where it has none of that name.

    Every command calls this first, on ``os.environ``. What ``activate.sh`` exported from an older
    ``.env`` is read again from the present one.

    Args:
        environ: changed in place. An empty value counts as none.
        connection_is_ours: the caller makes the connection to the embedded server itself, so that
            the one that a shell has from ``activate.sh`` is dropped, too.

    Returns:
        the names that ``activate.sh`` had exported and that were dropped.

    Raises:
        SettingsError: lists every fault of the file; or it, or a password file, can't be read.
    """
    dropped = _drop_exported(environ, connection_is_ours)
    values = read_env_file(env_file(environ), environ)
    for name in _missing(values, environ):
        environ[name] = values[name]
    read_password_file(environ)
    return dropped


def env_file(environ: Mapping[str, str]) -> Path:
    """The settings file in force."""
    named = environ.get(ENV_FILE)
    return Path(named).expanduser().absolute() if named else PROJECT / ".env"


def read_env_file(file: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """What a settings file says: our variables that have a value, paths as absolute ones.

    Args:
        file: a relative path in it is relative to its folder.
        environ: what a ``$NAME`` in a value stands for.

    Raises:
        SettingsError: lists every fault of the file; or it can't be read.
    """
    text = _text(file, must_exist=bool(environ.get(ENV_FILE)))
    if not text.strip():
        return {}
    from dotenv.parser import parse_stream  # not needed by those who have no .env

    values: dict[str, str] = {}
    faults = []
    for binding in parse_stream(_stream(text)):
        if binding.error:
            faults.append(f"line {_line(binding)} is not NAME=value")
        if binding.key is None or binding.value is None:
            continue
        try:
            values[binding.key] = _value(binding, values, environ)
        except ValueError as error:
            # Other lines are compose's to judge.
            if binding.key in SETTINGS_FILE_VARIABLES:
                faults.append(f"line {_line(binding)}, {binding.key}: {error}")
    faults += misspelt(values, JUDGED_PREFIXES)
    if faults:
        raise SettingsError(f"{file}: {'; '.join(faults)}", f"correct {file} (.env.example)")
    return {
        name: _path(value, file.parent) if name in PATHS else value
        for name, value in values.items()
        if value and name in SETTINGS_FILE_VARIABLES
    }


def write_env_file(file: Path, values: Mapping[str, str]) -> None:
    """Set variables in a settings file, atomically; its other lines and its owner stay.

    Only its owner may read it afterwards.

    Raises:
        SettingsError: a value can't be written so that compose reads it as we do; nothing is
            written.
        OSError: the file can't be written.
    """
    from dotenv.parser import parse_stream

    lines = {name: f"{name}={_quoted(name, value)}\n" for name, value in values.items()}
    target = file.resolve()  # what a symlink leads to is replaced, not the symlink
    text = _text(target, must_exist=False)
    last = {b.key: number for number, b in enumerate(parse_stream(_stream(text))) if b.key}
    kept = []
    for number, binding in enumerate(parse_stream(_stream(text))):
        original = binding.original.string
        if binding.key not in lines:
            kept.append(original)
            continue
        # The parser counts the empty lines before a line as its own.
        kept.append(original[: len(original) - len(original.lstrip())])
        if number == last[binding.key]:
            kept.append(lines.pop(binding.key))
    whole = "".join(kept)
    if whole and not whole.endswith("\n"):
        whole += "\n"
    _replace(target, whole + "".join(lines.values()))


def exported_mark(values: Mapping[str, str]) -> str:
    """The value of ``FITBIT_EXPORTED`` for what a shell is given to export."""
    return ",".join(f"{name}:{_digest(value)}" for name, value in values.items())


def read_password_file(environ: MutableMapping[str, str]) -> None:
    """Set ``PGPASSWORD`` from the file that ``PGPASSWORD_FILE`` names, as containers hand secrets.

    Raises:
        SettingsError: the file can't be read.
    """
    file = environ.get("PGPASSWORD_FILE")
    if not file or environ.get("PGPASSWORD"):
        return
    try:
        environ["PGPASSWORD"] = Path(file).read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise SettingsError(
            f"PGPASSWORD_FILE {file} can't be read: {error.strerror}",
            "correct the name or the file's permissions",
        ) from error


def misspelt(names: Iterable[str], prefixes: tuple[str, ...]) -> list[str]:
    """Name each variable with one of these prefixes that is not one of our variables."""
    known = (*OWN_VARIABLES, *OTHERS_VARIABLES, *EMBEDDED_VARIABLES, EMBEDDED_SERVER)
    faults = []
    for name in names:
        if name.startswith(prefixes) and name not in known:
            near = difflib.get_close_matches(name, (*OWN_VARIABLES, *EMBEDDED_VARIABLES), n=1)
            faults.append(f"{name} is not a setting" + (f" (is {near[0]} meant?)" if near else ""))
    return faults


def _missing(values: Mapping[str, str], environ: Mapping[str, str]) -> list[str]:
    """The names that ``environ`` takes from the file.

    A password of one server is never sent to another: where the environment names a server other
    than the file's, or the embedded one, nothing about the connection is taken.
    """
    server, wanted = environ.get("PGHOST"), values.get("PGHOST")
    embedded = server and environ.get(EMBEDDED_SERVER) == f"{server}:{environ.get('PGPORT')}"
    elsewhere = embedded or (server and wanted and server != wanted)
    return [
        name
        for name in values
        if not environ.get(name) and not (elsewhere and name in LIBPQ_VARIABLES)
    ]


def _drop_exported(environ: MutableMapping[str, str], connection_is_ours: bool) -> set[str]:
    """Drop what ``activate.sh`` exported, unless it was changed since."""
    dropped = set()
    for entry in filter(None, environ.pop(EXPORTED, "").split(",")):
        name, _, digest = entry.partition(":")
        stays = name in LIBPQ_VARIABLES and not connection_is_ours
        if not stays and name in environ and _digest(environ[name]) == digest:
            del environ[name]
            dropped.add(name)
    return dropped


def _digest(value: str) -> str:
    return f"{zlib.crc32(os.fsencode(value)):08x}"


def _text(file: Path, *, must_exist: bool) -> str:
    try:
        # Bytes, so that line ends stay what they are.
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        if must_exist:
            raise SettingsError(f"{file} is missing", f"correct {ENV_FILE}, or unset it") from error
        return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise SettingsError(
            f"the settings file {file} can't be read: {reason}",
            "make it a text file that this user may read (.env.example), or remove it",
        ) from error


def _stream(text: str) -> StringIO:
    return StringIO(text, newline="")


def _line(binding: "Binding") -> int:
    original = binding.original
    before = original.string[: len(original.string) - len(original.string.lstrip())]
    return original.line + len(re.findall(r"\r\n|\n|\r", before))


def _value(binding: "Binding", earlier: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """The value of a line as docker compose reads it.

    Raises:
        ValueError: compose would read it differently.
    """
    value = binding.value or ""
    raw = binding.original.string.partition("=")[2].lstrip(" \t")
    if "\0" in raw:
        raise ValueError("it holds a NUL byte")
    if raw.startswith("'"):
        if re.search(r"\\[\\']", raw):
            raise ValueError("in single quotes a backslash can't escape anything")
        return value
    if raw.startswith('"'):
        if "\\" in raw:
            raise ValueError("it holds a backslash in double quotes; use single quotes")
    elif raw.startswith("#") and value:
        raise ValueError("it begins with #; use single quotes, or leave the comment out")
    elif "\\$" in raw:
        raise ValueError("it holds a backslash before a $; use single quotes")
    return VARIABLE.sub(lambda match: _stands_for(match, earlier, environ), value)


def _stands_for(
    match: re.Match[str], earlier: Mapping[str, str], environ: Mapping[str, str]
) -> str:
    if match["dollar"]:
        return "$"
    name = match["bare"] or match["name"]
    if name is None:
        raise ValueError("it holds a $ that stands for no variable; use single quotes")
    value = environ.get(name, earlier.get(name))
    if match["unless"] and (value is None or (match["unless"] == ":-" and not value)):
        return match["default"]
    if value is None:
        raise ValueError(f"${name} in it is not set; for a $ that is meant, use single quotes")
    return value


def _path(value: str, folder: Path) -> str:
    return str(folder / Path(value).expanduser())


def _quoted(name: str, value: str) -> str:
    if LITERAL.fullmatch(value):
        return value
    if "\n" not in value and "\r" not in value:
        if "'" not in value and "\\\\" not in value and not value.endswith("\\"):
            return f"'{value}'"
        if not set('"$\\') & set(value):
            return f'"{value}"'
    raise SettingsError(
        f"the value of {name} can't be written into .env so that docker compose reads the same",
        "give it another value",
    )


def _replace(file: Path, text: str) -> None:
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(descriptor)
            if os.geteuid() == 0 and file.exists():
                os.fchown(descriptor, file.stat().st_uid, file.stat().st_gid)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
