"""``hr.csv``: ``timestamp,value`` (or ``timestamp,heart_rate``), naive timestamps meaning UTC."""

from dataclasses import dataclass

from loader.readers.base import Layout

TIMESTAMP_NAMES = ("timestamp",)
VALUE_NAMES = ("value", "heart_rate")
DELIMITERS = (",", "\t", ";")
TITLE_LINES = 5
"""How many lines may stand above the header: spreadsheets write a title there."""


@dataclass(frozen=True)
class HrCsv:
    """The plain two-column file."""

    name: str = "hr.csv"
    expected: str = "timestamp,value (or timestamp,heart_rate)"

    def claims(self, head: bytes) -> Layout | None:
        """Look for the header in the first lines."""
        offset = 0
        for number, line in enumerate(head.split(b"\n")[: TITLE_LINES + 1], start=1):
            offset += len(line) + 1
            delimiter = _delimiter_of_header(line)
            if delimiter is not None:
                return Layout(
                    format=self.name,
                    rank=100,
                    parse="scratch/parse_hr_csv",
                    reject="scratch/reject_hr_csv",
                    delimiter=delimiter,
                    data_offset=offset,
                    header_lines=number,
                )
        return None


def _delimiter_of_header(line: bytes) -> str | None:
    text = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").strip().lower()
    for delimiter in DELIMITERS:
        names = [name.strip().strip('"') for name in text.split(delimiter)]
        if len(names) == 2 and names[0] in TIMESTAMP_NAMES and names[1] in VALUE_NAMES:
            return delimiter
    return None
