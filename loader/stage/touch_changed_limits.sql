-- Let the marts recompute the UTC days around the local days whose limits of zones changed.
insert into staging.touched_days (participant_id, day_start, day_end, readings, last_timestamp)
select
    participant_id,
    midnight as day_start,
    midnight + interval '24 hours' as day_end,
    0 as readings,
    midnight as last_timestamp
from (
    select distinct
        changed.participant_id,
        days.day at time zone 'UTC' as midnight
    from ingest.changed_limits as changed
    cross join lateral generate_series(
        changed.day::timestamp - interval '1 day', changed.day::timestamp + interval '1 day', interval '1 day'
    ) as days (day)
) as around
where
    not exists (
        select 1
        from staging.touched_days as touched
        where touched.participant_id = around.participant_id and touched.day_start = around.midnight
    )
