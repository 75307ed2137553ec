"""CSV files of other programs: a time and a heart rate, under the names that people give them.

The time is one column (``datetime``, ``time`` or ``timestamp``) or two (``date,time``), the heart
rate is called ``value``, ``heart_rate``, ``bpm`` or ``beatsPerMinute``. The columns of any other
file may be named in a ``format.yml``. The first rows decide whether the times are instants (with Z,
an offset, or counted from 1970: ``csv_instants.py``) or the wearer's local times
(``csv_local.py``).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from loader.errors import BadFileError
from loader.readers.base import LONGEST_HEADER, HeaderLine, Layout, Reader, header_lines
from loader.readers.folder_format import NO_FORMAT, Columns, FolderFormat
from loader.readers.quantity_in_name import other_quantity, own_name, resting_rate
from loader.wording import first_of

ROWS_CHECKED = 20
"""The first of these rows whose time is understood decides; the rows before it may be damaged."""

INDEX = frozenset({"", "index", "unnamed: 0"})
"""Names of a first column that numbers the rows, as pandas writes it."""

TIMES = frozenset({"datetime", "date time", "time", "timestamp"})
HEART_RATES = frozenset({"value", "heart rate", "heartrate", "bpm", "beatsperminute"})

UNSPECIFIC = ("time", "value")
"""Fitabase exports any quantity under these names."""

IN_UTC = frozenset({("timestamp", "value"), ("timestamp", "heart rate")})
"""The columns of hr.csv, whose times are in UTC; here only with an index, or counted from 1970."""

DATE_AND_CLOCK = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?"
LOCAL = re.compile(DATE_AND_CLOCK, re.ASCII)
INSTANT = re.compile(DATE_AND_CLOCK + r"(Z|[+-]\d\d(:?\d\d)?)", re.ASCII)
EPOCH = re.compile(r"\d{10}([.,]\d{1,9})?|\d{13}", re.ASCII)
LOCAL_OR_INSTANT = re.compile(f"{LOCAL.pattern}|{INSTANT.pattern}", re.ASCII)
UNDERSTOOD = (LOCAL, INSTANT, EPOCH)
OWN_TIMES = {
    **dict.fromkeys(IN_UTC, LOCAL_OR_INSTANT),
    ("time", "beatsperminute"): INSTANT,
}
"""The times of hr.csv and Google Health CSV, by their columns."""

NUMBER = re.compile(r"\d{1,14}([.,]\d{1,9})?", re.ASCII)
DAY_AND_MONTH = re.compile(
    r"\d\d?([/.])\d\d?\1(\d\d|\d{4}) \d\d?:\d\d(:\d\d)?( [AP]M)?", re.ASCII | re.IGNORECASE
)

COLUMNS_SHOWN = 12


@dataclass(frozen=True)
class Header:
    """A header line, and what each column is.

    Attributes:
        line: the line.
        roles: the columns' roles, as in ``Layout.roles``.
        in_utc: its times are in UTC even without Z.
        columns: the names in the ``format.yml``, if these are the ones that were found.
        times_of_another: the times with which a file with this header has another format.
    """

    line: HeaderLine
    roles: tuple[str, ...]
    in_utc: bool = False
    columns: Columns | None = None
    times_of_another: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Decision:
    """What the first time that is understood decides.

    Attributes:
        times: the kind of the times, as in ``Reader.times``.
        grammar: how they are written: ``iso``, ``utc`` (ISO, and in UTC without Z), ``seconds`` or
            ``milliseconds`` since 1970, ``day first`` or ``month first``.
        why: for a person.
    """

    times: str
    grammar: str
    why: str


def claims_times(reader: Reader, head: bytes, name: str, settings: FolderFormat) -> Layout | None:
    """The layout of a file whose first times are of the reader's kind."""
    header = _header(head, name, settings.columns)
    if header is None or reader.names_participants != ("participant" in header.roles):
        return None
    texts = list(_times(header, head))
    kinds = ((text, _decide(header, text, settings)) for text in texts)
    first, decided = next(filter(lambda found: found[1], kinds), ("", None))
    if decided is None and header.columns and texts:
        raise _times_not_understood(texts[0])
    if decided is None or decided.times != reader.times:
        return None
    if header.times_of_another and header.times_of_another.fullmatch(first):
        return None
    by_file = "its columns are named in format.yml, and its times are " if header.columns else ""
    return Layout(
        reader,
        header.line.delimiter,
        len(header.roles),
        header.line.offset,
        header.line.number,
        roles=header.roles,
        times=decided.grammar,
        decided=by_file + decided.why,
    )


def claims_own_times(
    claims: Callable[[Reader, bytes, str, FolderFormat], Layout | None], own: re.Pattern[str]
) -> Callable[[Reader, bytes, str, FolderFormat], Layout | None]:
    """A rule for ``Reader.claims`` of a CSV whose header other programs use, too.

    A file of two columns is theirs if the first time that anything understands isn't the format's
    own.

    Args:
        claims: the rule by the header.
        own: the times of the format.
    """

    def claims_by_times(
        reader: Reader, head: bytes, name: str, settings: FolderFormat = NO_FORMAT
    ) -> Layout | None:
        layout = claims(reader, head, name, settings)
        if layout is None or layout.columns != 2:
            return layout
        texts = _first_times(head[layout.data_offset :], layout.delimiter, 2, [0])
        understood = (text for text in texts if any(p.fullmatch(text) for p in UNDERSTOOD))
        first = next(understood, None)
        return layout if first is None or own.fullmatch(first) else None

    return claims_by_times


# Four readers ask for the header of the same file, one after the other.
@lru_cache(maxsize=1)
def _header(head: bytes, name: str, columns: Columns | None) -> Header | None:
    if resting_rate(name):
        return None
    lines = header_lines(head)
    named = next(filter(None, (_named(line, name, columns) for line in lines)), None)
    found = named or next(filter(None, (_recognised(line, name) for line in lines)), None)
    if found is None and columns is not None:
        _refuse_missing_columns(lines, columns)
    return found


def _recognised(line: HeaderLine, file_name: str) -> Header | None:
    """The header, if its names are those of a heart rate."""
    names = [re.sub("[_-]", " ", name.lower()) for name in line.names]
    has_index = len(names) > 2 and names[0] in INDEX
    columns = tuple(names[has_index:])
    if columns[-1] not in HEART_RATES or columns == UNSPECIFIC:
        return None
    if _has_another_quantity(columns[-1], file_name):
        return None
    index = ("",) if has_index else ()
    if columns[:-1] == ("date", "time"):
        return Header(line, (*index, "date", "time", "value"))
    if len(columns) != 2 or columns[0] not in TIMES:
        return None
    return Header(
        line,
        (*index, "time", "value"),
        in_utc=columns in IN_UTC,
        times_of_another=None if has_index else OWN_TIMES.get(columns),
    )


def _named(line: HeaderLine, file_name: str, columns: Columns | None) -> Header | None:
    """The header, if it has every column that the ``format.yml`` names.

    Raises:
        BadFileError: it has one of them twice.
    """
    if columns is None or _has_another_quantity(columns.value.lower(), file_name):
        return None
    names = [name.casefold() for name in line.names]
    roles = [""] * len(names)
    for role, wanted in columns.by_role.items():
        if wanted.casefold() not in names:
            return None
        if names.count(wanted.casefold()) > 1:
            raise BadFileError(
                f"its header has the column {wanted} twice, which format.yml names",
                "rename one of them, in the file and in format.yml",
            )
        roles[names.index(wanted.casefold())] = "time" if role == "timestamp" else role
    return Header(line, tuple(roles), columns=columns)


def _has_another_quantity(value: str, file_name: str) -> bool:
    """Whether a file's name says that its column ``value`` is no heart rate."""
    return value == "value" and other_quantity(own_name(file_name)) is not None


def _refuse_missing_columns(lines: Sequence[HeaderLine], columns: Columns) -> None:
    """Refuse a file with some of the columns that a ``format.yml`` names; others aren't meant.

    Raises:
        BadFileError: with the columns that are missing.
    """
    for line in lines:
        names = {name.casefold() for name in line.names}
        missing = [name for name in columns.by_role.values() if name.casefold() not in names]
        if len(missing) < len(columns.by_role):
            raise BadFileError(
                f"its header has no column {', '.join(missing)}, which format.yml names, only "
                f"{first_of(line.names, COLUMNS_SHOWN)}",
                "correct the name in format.yml, or move files of another kind to another folder",
            )


def _decide(header: Header, text: str, settings: FolderFormat) -> Decision | None:
    """What one time decides; None if it isn't understood."""
    one_column = "date" not in header.roles
    if settings.unit and one_column and NUMBER.fullmatch(text):
        why = f"instants, in {settings.unit} since 1970, as format.yml says"
        return Decision("UTC", settings.unit, why)
    if settings.day_first is not None and DAY_AND_MONTH.fullmatch(text):
        first = "day" if settings.day_first else "month"
        why = f"local times with the {first} first, as format.yml says"
        return Decision("local", f"{first} first", why)
    if INSTANT.fullmatch(text):
        return Decision(
            "UTC", "iso", f"instants, because the first time ({text}) has Z or an offset"
        )
    if EPOCH.fullmatch(text) and one_column:
        why = f"instants, because the first time ({text}) counts from 1970"
        return Decision("UTC", "utc" if header.in_utc else "iso", why)
    if LOCAL.fullmatch(text) and header.in_utc:
        why = "instants in UTC, because the columns are called as in hr.csv"
        return Decision("UTC", "utc", why)
    if LOCAL.fullmatch(text):
        why = f"local times, because the first time ({text}) has no Z and no offset"
        return Decision("local", "iso", why)
    return None


def _times_not_understood(text: str) -> BadFileError:
    hint = "name the column of the time in format.yml"
    if DAY_AND_MONTH.fullmatch(text):
        hint = "write “day_first: true” (or false) into format.yml"
    elif NUMBER.fullmatch(text):
        hint = "write “unit: seconds” (or milliseconds) into format.yml, if it counts from 1970"
    return BadFileError(f"none of its first times is understood, such as {text[:40]!r}", hint)


def _times(header: Header, head: bytes) -> Iterator[str]:
    places = [header.roles.index(role) for role in ("date", "time") if role in header.roles]
    rows = head[header.line.offset :]
    return _first_times(rows, header.line.delimiter, len(header.roles), places)


def _first_times(rows: bytes, delimiter: str, columns: int, places: Sequence[int]) -> Iterator[str]:
    """The texts of the first times, of lines with all columns: a cut line may lack an offset."""
    for line in rows.split(b"\n", ROWS_CHECKED)[:ROWS_CHECKED]:
        text = line[:LONGEST_HEADER].decode("utf-8", "replace").rstrip("\r")
        fields = line_fields(text, delimiter)
        if len(fields) == columns:
            yield " ".join(_unquoted(fields[place]) for place in places)


def line_fields(line: str, delimiter: str) -> list[str]:
    """The fields of a line; a delimiter within quotes is part of a field (``fields.sql``)."""
    if '"' not in line or line.count('"') % 2:
        return line.split(delimiter)
    unquoted = f'[^{delimiter}"]*'
    return re.findall(f'({unquoted}(?:"[^"]*"{unquoted})*){delimiter}', line + delimiter)


def _unquoted(field: str) -> str:
    text = field.strip(" ")
    return text[1:-1] if re.fullmatch('"[^"]*"', text) else text
