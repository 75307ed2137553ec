-- Days of files that could not be read, now decided without them: what those files gave is no longer in
-- the table for certain, so that the days are staged again with the file.
update ingest.days as days
set checksum = null
from unnest(%s::text[], %s::text[], %s::date[]) as undecided (path, participant_id, day)
where
    days.path = undecided.path
    and days.participant_id = undecided.participant_id
    and days.day = undecided.day
