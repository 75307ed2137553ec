"""What a ``format.yml`` says about the files of its folder, for the readers and the ledger."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Columns:
    """The names of the columns of a CSV file that no reader knows; "" for a column it lacks.

    Attributes:
        value: the heart rate.
        timestamp: the time in one column.
        date, time: the time in two columns, instead of ``timestamp``.
        participant: whose reading a row is.
        confidence: Fitbit's confidence, 0 to 3.
    """

    value: str
    timestamp: str = ""
    date: str = ""
    time: str = ""
    participant: str = ""
    confidence: str = ""

    @property
    def by_role(self) -> Mapping[str, str]:
        """The name of each column that is named, by its role."""
        return {role: name for role, name in asdict(self).items() if name}


@dataclass(frozen=True)
class FolderFormat:
    """The settings in a ``format.yml``; a key that is missing there is None or empty here.

    Attributes:
        zone: the IANA name of the zone of local times, for every participant.
        columns: the columns of CSV files that no reader knows.
        unit: ``seconds`` or ``milliseconds``: times are numbers, counted from 1970.
        day_first: dates with slashes or dots have the day first, or the month.
        prefer: devices and apps, the most trusted first; if several give an instant, it decides.
    """

    zone: str | None = None
    columns: Columns | None = None
    unit: str | None = None
    day_first: bool | None = None
    prefer: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The settings as text for the ledger; "" if there are none."""
        if self == NO_FORMAT:
            return ""
        columns = self.columns.by_role if self.columns else None
        keys = {**asdict(self), "columns": columns}
        return json.dumps({key: each for key, each in keys.items() if each not in (None, ())})

    @classmethod
    def of_text(cls, text: str) -> "FolderFormat":
        """The settings from the ledger's text."""
        keys: dict[str, Any] = json.loads(text or "{}")
        found = cls(**{key: each for key, each in keys.items() if key not in ("columns", "prefer")})
        columns = Columns(**keys["columns"]) if "columns" in keys else None
        return replace(found, columns=columns, prefer=tuple(keys.get("prefer", ())))


NO_FORMAT = FolderFormat()
"""The settings of a folder without a ``format.yml``."""
