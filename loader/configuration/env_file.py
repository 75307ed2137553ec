"""``.env``, the settings file that docker compose reads too. Environment variables override it.

The loader and compose must read the same value. A value that they would read differently is an
error:

* In single quotes a value is literal.
* Without quotes and in double quotes, ``$NAME``, ``${NAME}``, ``${NAME:-default}`` and
  ``${NAME-default}`` are replaced by a variable of the environment or of an earlier line, and
  ``$$`` by a dollar sign. Compose reads an unknown variable as empty; here it is an error.
* A backslash in double quotes is an error, because the two support different escapes.
"""

import difflib
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from loader.configuration.variables import (
    EMBEDDED_SERVER,
    EMBEDDED_VARIABLES,
    ENV_FILE,
    EXPORTED,
    LIBPQ_VARIABLES,
    OWN_PREFIXES,
    OWN_VARIABLES,
    PATHS,
    RESERVED_VARIABLES,
    SETTINGS_FILE_VARIABLES,
)
from loader.errors import SettingsError

if TYPE_CHECKING:
    from dotenv.parser import Binding

PROJECT = Path(__file__).resolve().parents[2]

VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<bare>[A-Za-z_]\w*)"
    r"|\{(?P<name>[A-Za-z_]\w*)(?:(?P<unless>:?-)(?P<default>[^${}]*))?\}|)",
    re.ASCII,
)

LITERAL = re.compile(r"[\w./:@%+,=~-]+", re.ASCII)
"""A value that needs no quotes."""


def load_settings(environ: MutableMapping[str, str], *, drop_connection: bool = False) -> set[str]:
    """Add the settings of ``.env`` to ``environ``, except those that it already has.

    Every command calls this first, on ``os.environ``. Variables that ``activate.sh`` exported from
    an older ``.env`` are read again.

    Args:
        environ: changed in place. An empty value counts as missing.
        drop_connection: also drop the connection that ``activate.sh`` exported, because the caller
            sets the connection to the embedded server itself.

    Returns:
        The variables from ``activate.sh`` that were dropped.

    Raises:
        SettingsError: every fault of the file; or it, or a password file, can't be read.
    """
    dropped = _drop_exported(environ, drop_connection)
    values = read_env_file(env_file(environ), environ)
    environ.update({name: values[name] for name in _missing(values, environ)})
    _read_password_file(environ)
    return dropped


def env_file(environ: Mapping[str, str]) -> Path:
    """The path of the settings file."""
    named = environ.get(ENV_FILE)
    return Path(named).expanduser().absolute() if named else PROJECT / ".env"


def read_env_file(file: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables in a settings file that have a value and are for this project.

    Args:
        file: paths in it are relative to its folder, and are returned as absolute ones.
        environ: the variables that replace ``$NAME`` in a value.

    Raises:
        SettingsError: every fault of the file; or it can't be read.
    """
    text = _text(file, must_exist=bool(environ.get(ENV_FILE)))
    values: dict[str, str] = {}
    faults = []
    for binding in _bindings(text):
        if binding.error:
            faults.append(f"line {_line(binding)} is not NAME=value")
        if binding.key is None or binding.value is None:
            continue
        try:
            values[binding.key] = _value(binding, values, environ)
        except ValueError as error:
            # Compose checks its own lines.
            if binding.key in SETTINGS_FILE_VARIABLES:
                faults.append(f"line {_line(binding)}, {binding.key}: {error}")
    faults += unknown_variables(values, OWN_PREFIXES)
    if faults:
        raise SettingsError(f"{file}: {'; '.join(faults)}", f"correct {file} (.env.example)")
    return {
        name: str(file.parent / Path(value).expanduser()) if name in PATHS else value
        for name, value in values.items()
        if value and name in SETTINGS_FILE_VARIABLES
    }


def write_env_file(file: Path, values: Mapping[str, str]) -> None:
    """Set variables in a settings file atomically; keep its other lines and its owner.

    Afterwards only its owner may read it.

    Raises:
        SettingsError: compose would read a value differently; nothing is written.
        OSError: the file can't be written.
    """
    lines = {name: f"{name}={_quoted(name, value)}\n" for name, value in values.items()}
    target = file.resolve()  # replaces the target of a symlink, not the symlink
    bindings = list(_bindings(_text(target, must_exist=False)))
    last = {binding.key: number for number, binding in enumerate(bindings)}
    kept = []
    for number, binding in enumerate(bindings):
        original = binding.original.string
        if binding.key not in lines:
            kept.append(original)
            continue
        # The parser adds the empty lines before a line to the line.
        kept.append(original[: len(original) - len(original.lstrip())])
        if number == last[binding.key]:
            kept.append(lines.pop(binding.key))
    whole = "".join(kept)
    if whole and not whole.endswith("\n"):
        whole += "\n"
    _replace(target, whole + "".join(lines.values()))


def exported_mark(values: Mapping[str, str]) -> str:
    """The value of ``FITBIT_EXPORTED`` for the variables that a shell exports."""
    return ",".join(f"{name}:{_digest(value)}" for name, value in values.items())


def _read_password_file(environ: MutableMapping[str, str]) -> None:
    """Set ``PGPASSWORD`` from the file ``PGPASSWORD_FILE``, the convention for container secrets.

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
            "correct its path or permissions",
        ) from error


def unknown_variables(names: Iterable[str], prefixes: tuple[str, ...]) -> list[str]:
    """A message for each unknown variable with one of these prefixes."""
    known = (*OWN_VARIABLES, *RESERVED_VARIABLES, *EMBEDDED_VARIABLES, EMBEDDED_SERVER)
    faults = []
    for name in names:
        if name.startswith(prefixes) and name not in known:
            near = difflib.get_close_matches(name, (*OWN_VARIABLES, *EMBEDDED_VARIABLES), n=1)
            suggestion = f" (did you mean {near[0]}?)" if near else ""
            faults.append(f"{name} is not a setting{suggestion}")
    return faults


def _missing(values: Mapping[str, str], environ: Mapping[str, str]) -> list[str]:
    """The variables that ``environ`` takes from the file.

    A password for one server must not be sent to another. If the environment has a different server
    than the file, or the embedded one, no variable of the connection is taken.
    """
    server, wanted = environ.get("PGHOST"), values.get("PGHOST")
    embedded = server and environ.get(EMBEDDED_SERVER) == f"{server}:{environ.get('PGPORT')}"
    elsewhere = embedded or (server and wanted and server != wanted)
    return [
        name
        for name in values
        if not environ.get(name) and not (elsewhere and name in LIBPQ_VARIABLES)
    ]


def _drop_exported(environ: MutableMapping[str, str], drop_connection: bool) -> set[str]:
    """Drop the variables that ``activate.sh`` exported and that were not changed since."""
    dropped = set()
    for entry in filter(None, environ.pop(EXPORTED, "").split(",")):
        name, _, digest = entry.partition(":")
        stays = name in LIBPQ_VARIABLES and not drop_connection
        if not stays and name in environ and _digest(environ[name]) == digest:
            del environ[name]
            dropped.add(name)
    return dropped


def _digest(value: str) -> str:
    return f"{zlib.crc32(os.fsencode(value)):08x}"


def _text(file: Path, *, must_exist: bool) -> str:
    try:
        # read_text would convert line ends.
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        if must_exist:
            raise SettingsError(f"{file} is missing", f"correct {ENV_FILE}, or unset it") from error
        return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(
            f"the settings file {file} can't be read: {reason}",
            "make it a UTF-8 file that this user may read (.env.example), or remove it",
        ) from error


def _bindings(text: str) -> "Iterator[Binding]":
    if not text:
        return iter(())
    from dotenv.parser import parse_stream  # imported only if there is a .env

    return parse_stream(StringIO(text, newline=""))


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
        raise ValueError("it contains a NUL byte")
    if raw.startswith("'"):
        if re.search(r"\\[\\']", raw):
            raise ValueError("in single quotes a backslash can't escape anything")
        return value
    if raw.startswith('"'):
        if "\\" in raw:
            raise ValueError("it contains a backslash in double quotes; use single quotes")
    elif raw.startswith("#") and value:
        raise ValueError("it begins with #; use single quotes, or remove the comment")
    elif "\\$" in raw:
        raise ValueError("it contains a backslash before a $; use single quotes")
    return VARIABLE.sub(lambda match: _substitute(match, earlier, environ), value)


def _substitute(
    match: re.Match[str], earlier: Mapping[str, str], environ: Mapping[str, str]
) -> str:
    if match["dollar"]:
        return "$"
    name = match["bare"] or match["name"]
    if name is None:
        raise ValueError("it contains a $ without a variable; use single quotes")
    value = environ.get(name, earlier.get(name))
    if match["unless"] and (value is None or (match["unless"] == ":-" and not value)):
        return match["default"]
    if value is None:
        raise ValueError(f"${name} in it is not set; for a literal $, use single quotes")
    return value


def _quoted(name: str, value: str) -> str:
    if LITERAL.fullmatch(value):
        return value
    if "\n" not in value and "\r" not in value:
        if "'" not in value and "\\\\" not in value and not value.endswith("\\"):
            return f"'{value}'"
        if not set('"$\\') & set(value):
            return f'"{value}"'
    raise SettingsError(
        f"docker compose would read the value of {name} in .env differently",
        "choose another value",
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
