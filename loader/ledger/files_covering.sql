-- Which known files give readings for one of these participant-days, and between which instants.
select
    days.path,
    days.participant_id,
    days.day,
    days.first_timestamp,
    days.last_timestamp
from ingest.days as days
inner join unnest(%s::text [], %s::date []) as wanted (participant_id, day)
    on days.participant_id = wanted.participant_id and days.day = wanted.day
