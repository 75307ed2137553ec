-- Which known files give readings for one of these participant-days.
select
    days.path,
    days.participant_id,
    days.day
from ingest.days as days
inner join unnest(%s::text [], %s::date []) as wanted (participant_id, day)
    on days.participant_id = wanted.participant_id and days.day = wanted.day
