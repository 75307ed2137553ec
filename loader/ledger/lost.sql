-- How many readings of these participant-days (UTC) are in the table and not in the whole table that is
-- staged: what a full refresh would lose. The bounds keep the chunks of other days unread.
select count(*)
from public.heart_rate as readings
inner join unnest(%(participant_ids)s::text [], %(days)s::date []) as suspects (participant_id, day)
    on
        readings.participant_id = suspects.participant_id
        and (readings.timestamp at time zone 'UTC')::date = suspects.day
where
    readings.timestamp >= %(first_day)s
    and readings.timestamp < %(end)s
    and not exists (
        select 1
        from staging.heart_rate_whole as staged
        where
            staged.participant_id = readings.participant_id
            and staged.timestamp = readings.timestamp
            and staged.timestamp >= %(first_day)s
            and staged.timestamp < %(end)s
    )
