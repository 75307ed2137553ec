"""``manifest.json``: how an archive is divided, and up to which run it has the table's readings."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from loader.commands.archive.layout import MOST_BUCKETS, By, Layout

FORMAT = 1
"""Raised when the files change so that an earlier version must not write them."""

FORMAT_OF_STORE = 2
"""For an archive that isn't a copy of heart_rate: a version without ``STORE`` refuses it."""


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
class LedgerRun:
    """The last run of a ledger that an archive has.

    Attributes:
        run_id: its number in that ledger.
        run_started_at: when it started: another ledger, or one restored from an older backup, has
            no such run.
    """

    run_id: int
    run_started_at: str


@dataclass(frozen=True)
class StoreId:
    """What an archive says of itself if it is where the readings are (``STORE=archive``).

    Attributes:
        id: the store's id, which its ledgers record too.
        runs: the last run of each ledger, by the name of its shard; that without shards is "".
    """

    id: str
    runs: Mapping[str, LedgerRun] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself.

    Attributes:
        layout: how it is divided.
        position: what a copy of heart_rate has; None until the first update is complete.
        made_at: the time (UTC) of the snapshot of the last update, as text; for a store, of the
            last write.
        store: its id and runs, if it is the place of the readings; None for a copy of heart_rate.
        ledgers: the last run of each ledger that the files in ``ledger/`` have, by the name of its
            shard; that without shards is "".
    """

    layout: Layout
    position: Position | None = None
    made_at: str | None = None
    store: StoreId | None = None
    ledgers: Mapping[str, LedgerRun] = field(default_factory=dict)

    @property
    def has_runs(self) -> bool:
        """Whether a run has completed its update of a store."""
        return self.store is not None and bool(self.store.runs)

    def at(self, position: Position, made_at: str) -> "Manifest":
        """The manifest after an update."""
        return replace(self, position=position, made_at=made_at)

    def after_run(self, shard: str, run: LedgerRun, made_at: str) -> "Manifest":
        """The manifest of a store after a run."""
        assert self.store is not None
        store = replace(self.store, runs={**self.store.runs, shard: run})
        return replace(self, store=store, made_at=made_at)

    def with_ledger(self, shard: str, run: LedgerRun | None) -> "Manifest":
        """The manifest after the files in ``ledger/`` were written up to a run."""
        return replace(self, ledgers={**self.ledgers, **({shard: run} if run else {})})

    def to_json(self) -> str:
        """The text of the file."""
        content: dict[str, object] = {
            "format": FORMAT if self.store is None else FORMAT_OF_STORE,
            "by": self.layout.by,
            "buckets": self.layout.buckets,
            "made_at": self.made_at,
            "position": None if self.position is None else asdict(self.position),
        }
        if self.store is not None:
            content["store"] = asdict(self.store)
        if self.ledgers:
            content["ledgers"] = {name: asdict(run) for name, run in self.ledgers.items()}
        return json.dumps(content, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Read the file.

        Raises:
            ValueError: it is no manifest, or one of a later version.
        """
        content: Any = json.loads(text)
        try:
            if content["format"] not in (FORMAT, FORMAT_OF_STORE):
                raise ValueError(f"format {content['format']}, not {FORMAT}")
            layout = Layout(By(content["by"]), int(content["buckets"]))
            if not 1 <= layout.buckets <= MOST_BUCKETS:
                raise ValueError(f"{layout.buckets} buckets")
            position = content["position"]
            return cls(
                layout,
                Position(**position) if position else None,
                content["made_at"],
                _store_of(content.get("store")),
                _runs_of(content.get("ledgers", {})),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"no valid {error}") from error


def _store_of(content: Any) -> StoreId | None:
    if content is None:
        return None
    return StoreId(content["id"], _runs_of(content["runs"]))


def _runs_of(content: Any) -> dict[str, LedgerRun]:
    return {shard: LedgerRun(**run) for shard, run in content.items()}
