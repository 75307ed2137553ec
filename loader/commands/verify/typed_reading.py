"""Read plain CSV files with DuckDB's own CSV reader: another way than the loader's, and faster."""

from pathlib import Path

import duckdb

from loader.compare.delta import Progress
from loader.find.disk_status import has_changed
from loader.find.plan import Plan
from loader.ledger.table_days import TableDay
from loader.read.scratch import Scratch
from loader.readers import Layout
from loader.sql import statement


def typed_days(plan: Plan, scratch: Scratch, progress: Progress) -> list[TableDay] | None:
    """What the planned files contain by day, as DuckDB's own CSV reader reads them.

    Returns:
        (participant, UTC day, readings, checksum), duplicates counted each time; None if one of
        the files can't be read in this way, or changed meanwhile.
    """
    parts = plan.parts.values()
    if not all(part.typed for part in parts):
        return None
    total = sum(part.size for part in parts)
    for part in parts:
        if not _read(scratch, part.file.path, part.layout, part.owner.participant_id):
            return None
        if has_changed(part.file.path, part.file.found):
            return None
        progress("reading", part.size, total)
    return scratch.rows(statement("commands/verify/typed_days"))


def _read(scratch: Scratch, path: Path, layout: Layout, participant_id: str) -> bool:
    """Add the days of a plain file to ``typed_days``; returns whether every row could be read."""
    query = statement("commands/verify/read_typed").format(relation=layout.reader.relation)
    values = {
        "participant_id": participant_id,
        "delimiter": layout.delimiter,
        "header_lines": layout.header_lines,
    }
    with scratch.linked(path) as file:
        try:
            scratch.execute(query, {**values, "path": file})
        except duckdb.Error:
            return False
    return True
