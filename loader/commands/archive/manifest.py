"""``manifest.json``: how an archive is divided, and up to which run it has the table's readings."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from loader.commands.archive.layout import MOST_BUCKETS, By, Layout

FORMAT = 1
"""Raised when the files change so that an earlier version must not write them."""


@dataclass(frozen=True)
class Position:
    """The state of the database that an archive has.

    Attributes:
        run_id: the last run whose changes it has.
        run_started_at: when that run started: another database, or one restored from an older
            backup, has no such run.
        heart_rate_oid: the identity of the table: a swap changes it.
        forgotten: how many participants had been erased.
    """

    run_id: int
    run_started_at: str
    heart_rate_oid: int
    forgotten: int


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself.

    Attributes:
        layout: how it is divided.
        position: what it has; None until the first update is complete.
        made_at: the time (UTC) of the snapshot of the last update, as text.
    """

    layout: Layout
    position: Position | None = None
    made_at: str | None = None

    def at(self, position: Position, made_at: str) -> "Manifest":
        """The manifest after an update."""
        return replace(self, position=position, made_at=made_at)

    def to_json(self) -> str:
        """The text of the file."""
        content = {
            "format": FORMAT,
            "by": self.layout.by,
            "buckets": self.layout.buckets,
            "made_at": self.made_at,
            "position": None if self.position is None else asdict(self.position),
        }
        return json.dumps(content, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Read the file.

        Raises:
            ValueError: it is no manifest, or one of a later version.
        """
        content: Any = json.loads(text)
        try:
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']}, not {FORMAT}")
            layout = Layout(By(content["by"]), int(content["buckets"]))
            if not 1 <= layout.buckets <= MOST_BUCKETS:
                raise ValueError(f"{layout.buckets} buckets")
            position = content["position"]
            return cls(layout, Position(**position) if position else None, content["made_at"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"no valid {error}") from error
