-- The known files, other than those present, that had readings of these participant-days.
select
    days.path,
    days.participant_id,
    days.day
from ingest.days as days
inner join unnest(%(participant_ids)s::text[], %(days)s::date[]) as wanted (participant_id, day)
    on days.participant_id = wanted.participant_id and days.day = wanted.day
where not days.path = any(%(present)s)
