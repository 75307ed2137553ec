"""Read a ``format.yml``: settings for the files in its folder and below.

The nearest ``format.yml`` above a file counts alone: it isn't merged with those further up. It is
read as text that anyone may have written: limited in size, without constructing objects, and
without following aliases more than two levels deep.
"""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import yaml

from loader.configuration.time_zones import zone_fault
from loader.errors import BadFileError
from loader.readers.folder_format import Columns, FolderFormat
from loader.wording import shown

LARGEST = 64 << 10
"""Bytes."""

LONGEST_TEXT = 200
"""Characters of a name."""

SHOWN = 60
"""Characters of a wrong value that are shown."""

TAG = "tag:yaml.org,2002:"

UNITS = ("seconds", "milliseconds")

HINT = "correct it; until then, the files in its folder are left out and their readings stay"


class _FaultError(Exception):
    """Why a file isn't understood, and the line."""

    def __init__(self, what: str, node: yaml.Node | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.line = node.start_mark.line + 1 if node is not None else None


def read_format_file(path: Path, name: str, data_dir: Path) -> FolderFormat:
    """Read a ``format.yml``.

    Args:
        path: the file.
        name: its path below ``DATA_DIR``, for messages.
        data_dir: the folder that a link must not leave.

    Raises:
        BadFileError: one line that names the file, the key and what is wrong.
    """
    try:
        return _settings(_document(_content(path, data_dir)))
    except _FaultError as fault:
        line = f", line {fault.line}" if fault.line else ""
        raise BadFileError(f"{name}{line}: {fault.what}", HINT) from fault


def _content(path: Path, data_dir: Path) -> bytes:
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(data_dir.resolve()):
            raise _FaultError("it is a link to a file outside DATA_DIR; put a copy there")
        # O_NONBLOCK: don't wait for the writer of a named pipe.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise _FaultError("it isn't a regular file")
            content = stream.read(LARGEST + 1)
    except IsADirectoryError as error:
        raise _FaultError("it is a folder; rename it") from error
    except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself
        why = error.strerror if isinstance(error, OSError) else "it is a link to itself"
        raise _FaultError(f"it can't be read: {why}") from error
    if len(content) > LARGEST:
        raise _FaultError(f"it has more than {LARGEST:,} bytes, so it isn't a file of settings")
    return content


def _document(content: bytes) -> yaml.Node:
    try:
        # Nodes only: no value is constructed, and an alias is one more reference to its node.
        document = yaml.compose(content, Loader=yaml.SafeLoader)
    except RecursionError as error:
        raise _FaultError("it is nested too deeply") from error
    except yaml.MarkedYAMLError as error:
        where = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise _FaultError(f"it isn't valid YAML: {shown(str(error.problem))}{where}") from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise _FaultError("it isn't text in UTF-8") from error
    if document is None:
        raise _FaultError("it has no settings; write at least one, or delete it")
    return document


def _settings(document: yaml.Node) -> FolderFormat:
    found: dict[str, object] = {}
    for key, value in _pairs(document, "format.yml", KEYS):
        found[key] = KEYS[key](key, value)
    settings = FolderFormat(**found)  # type: ignore[arg-type]  # as each key's function returns
    if settings.unit and settings.columns and settings.columns.date:
        raise _FaultError("unit is for a time in one column; the columns are date and time")
    return settings


def _pairs(
    node: yaml.Node, what: str, known: Mapping[str, object]
) -> Iterator[tuple[str, yaml.Node]]:
    """The keys of a mapping, each once, with their values."""
    names = ", ".join(known)
    if not isinstance(node, yaml.MappingNode):
        raise _FaultError(f"{what} must have lines like “key: value”, of the keys {names}", node)
    seen: set[str] = set()
    for key_node, value in node.value:
        key = _text("a key", key_node)
        if key not in known:
            raise _FaultError(f"{what} has no key {key}, only {names}", key_node)
        if key in seen:
            raise _FaultError(f"{key} is there twice", key_node)
        seen.add(key)
        yield key, value


def _zone(key: str, node: yaml.Node) -> str:
    zone = _text(key, node)
    fault = zone_fault(zone)
    if fault:
        raise _FaultError(f"{key} {fault}", node)
    return zone


def _columns(key: str, node: yaml.Node) -> Columns:
    names = {
        role: _text(f"{key}: {role}", value)
        for role, value in _pairs(node, key, Columns.__dataclass_fields__)
    }
    folded = [name.casefold() for name in names.values()]
    twice = next((name for name in names.values() if folded.count(name.casefold()) > 1), None)
    if twice:
        raise _FaultError(f"{key} names {twice} twice", node)
    times = sorted({"timestamp", "date", "time"} & names.keys())
    if times not in (["timestamp"], ["date", "time"]):
        raise _FaultError(f"{key} needs timestamp, or date and time", node)
    if "value" not in names:
        raise _FaultError(f"{key} needs value, the column of the heart rate", node)
    return Columns(**names)


def _unit(key: str, node: yaml.Node) -> str:
    unit = _text(key, node)
    if unit not in UNITS:
        raise _FaultError(f"{key} must be {' or '.join(UNITS)}, not {unit}", node)
    return unit


def _day_first(key: str, node: yaml.Node) -> bool:
    if not isinstance(node, yaml.ScalarNode) or node.tag != f"{TAG}bool":
        raise _FaultError(f"{key} must be true or false", node)
    return node.value.lower() in ("true", "yes", "on")


def _prefer(key: str, node: yaml.Node) -> tuple[str, ...]:
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise _FaultError(f"{key} must be a list of devices, the most trusted first", node)
    names = [_text(key, each) for each in node.value]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise _FaultError(f"{key} names {name} twice", node.value[place])
    return tuple(names)


def _text(what: str, node: yaml.Node) -> str:
    """One line of text."""
    if not isinstance(node, yaml.ScalarNode):
        raise _FaultError(f"{what} must be text", node)
    text = shown(node.value[: LONGEST_TEXT + 1])
    if node.tag != f"{TAG}str":
        raise _FaultError(f'{what} must be text; put quotes around it: "{text[:SHOWN]}"', node)
    if not node.value.strip() or not node.value.isprintable() or len(node.value) > LONGEST_TEXT:
        most = f"1 to {LONGEST_TEXT} printable characters"
        raise _FaultError(f"{what} must have {most}, not {text[:SHOWN]!r}", node)
    return str(node.value).strip()


KEYS: Mapping[str, Callable[[str, yaml.Node], object]] = {
    "zone": _zone,
    "columns": _columns,
    "unit": _unit,
    "day_first": _day_first,
    "prefer": _prefer,
}
"""The keys, each with the function that checks its value."""
