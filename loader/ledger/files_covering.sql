-- The known files with readings of one of these participant-days, with their devices, and the first and last
-- instant of each.
select
    days.path,
    days.participant_id,
    days.day,
    days.device,
    days.first_timestamp,
    days.last_timestamp
from ingest.days as days
inner join unnest(%s::text[], %s::date[]) as wanted (participant_id, day)
    on days.participant_id = wanted.participant_id and days.day = wanted.day
