"""Missing files: they are in the ledger, but no longer in ``DATA_DIR``."""

from collections.abc import Sequence
from dataclasses import replace

from psycopg2.extensions import connection as Connection

from loader.find.attribution import Attribution
from loader.find.plan import LoadedSample, Plan
from loader.ledger.known_files import (
    KnownFile,
    ParticipantDay,
    files_covering,
    known_days,
    missing_days,
)


def note_missing_files(plan: Plan, session: Connection, *, drop_sample: bool) -> set[str]:
    """Record the missing files in ``plan``; their readings stay loaded.

    Args:
        drop_sample: a full refresh leaves out the sample if there are other files.

    Returns:
        The names of files that must be read in full, because they overlap a missing file: the
        remaining files decide the days that they share.
    """
    missing = [
        name for name, known in plan.known.items() if not known.vanished and plan.is_missing(name)
    ]
    samples = [name for name in missing if plan.known[name].is_sample]
    missing = [name for name in missing if name not in samples]
    plan.findings.sample = _loaded_sample(plan, session, samples)
    if drop_sample:
        plan.update.dropped = samples
    earlier = (name for name in missing if plan.known[name].holds_sample)
    plan.findings.earlier_sample = next(earlier, None)
    plan.update.vanished = missing
    if not missing:
        return set()
    days = [(who, day) for _, who, day, *_ in known_days(session, missing)]
    shared = [
        (name, (who, day))
        for name, who, day, *_ in files_covering(session, days)
        if name in plan.files
    ]
    plan.days_to_decide += [day for _, day in shared]
    return {name for name, _ in shared}


def _loaded_sample(plan: Plan, session: Connection, names: list[str]) -> LoadedSample | None:
    """The loaded sample, which isn't missing, but is no longer read."""
    days = known_days(session, names) if names else []
    if not days:
        return None
    return LoadedSample(
        [(who, day, readings, checksum or 0) for _, who, day, _, readings, checksum in days],
        is_first_run_without=all(known.is_sample for known in plan.known.values()),
    )


def days_with_missing_readings(
    plan: Plan, attribution: Attribution, session: Connection, days: Sequence[ParticipantDay]
) -> set[ParticipantDay]:
    """The ``days`` for which a missing (not a renamed) or refused file had readings."""
    missing = missing_days(session, list(plan.files), days)
    names = {name for name, *_ in missing}
    renamed = {name for name in names if is_renamed(plan, attribution, plan.known[name])}
    return {(who, day) for name, who, day in missing if name not in renamed}


def is_renamed(plan: Plan, attribution: Attribution, missing: KnownFile) -> bool:
    """Whether a present file has the content and attribution of a missing one."""
    present = {name: known for name, known in plan.known.items() if name in plan.files}
    present |= {file.name: file for file in plan.update.files}
    for file in present.values():
        if file.fingerprint.length != missing.fingerprint.length:
            continue
        part = plan.parts.get(file.name)
        if part is not None:  # Its rows may not have been attributed to participants yet.
            read_as = attribution.read_as(part, None, missing.participants)
            file = replace(file, read_as=read_as)
        if _content(file) == _content(missing):
            return True
    return False


def _content(known: KnownFile) -> tuple[object, ...]:
    """The content and attribution of a file: equal after renaming."""
    fingerprint = known.fingerprint
    return (known.format, fingerprint.length, bytes(fingerprint.digests), known.read_as)
