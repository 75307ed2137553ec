"""Leave out the rows of participants that another process loads."""

from collections.abc import Callable

from loader.read.scratch import Scratch
from loader.sql import statement


def leave_out_others(scratch: Scratch, is_ours: Callable[[str], bool]) -> None:
    """Treat the readings of other participants as rows without a reading.

    Args:
        scratch: contains the rows of the files read, not yet deduplicated.
        is_ours: whether this process loads a participant.
    """
    others = [
        (participant_id,)
        for (participant_id,) in scratch.rows("select distinct participant_id from sources")
        if participant_id is not None and not is_ours(participant_id)
    ]
    if others:
        scratch.fill("other_participants", others)
        scratch.execute(statement("compare/leave_out_others"))
