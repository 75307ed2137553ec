-- Forget the checksums of days that were decided although a file of theirs couldn't be read. The table may no longer have
-- the file's readings, so the days are staged again when the file can be read.
update ingest.days as days
set checksum = null
from unnest(%s::text[], %s::text[], %s::date[]) as undecided (path, participant_id, day)
where
    days.path = undecided.path
    and days.participant_id = undecided.participant_id
    and days.day = undecided.day
