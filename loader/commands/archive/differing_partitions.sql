-- Grain: one row per partition that differs between heart_rate and the archive, by one of held_by_*.sql.
select distinct
    coalesce(expected.first_day, held.first_day) as first_day,
    coalesce(expected.bucket, held.bucket) as bucket
from (
    select
        date_trunc($by, in_table.day)::date as first_day,
        buckets.bucket,
        in_table.participant_id,
        in_table.day,
        in_table.readings,
        in_table.checksum
    from in_table
    inner join buckets on in_table.participant_id = buckets.participant_id
) as expected
full join ({held}) as held
    on
        expected.first_day = held.first_day
        and expected.bucket = held.bucket
        and expected.participant_id = held.participant_id
        and expected.day = held.day
where
    ($floor::date is null or coalesce(expected.day, held.day) >= $floor::date)
    and (
        expected.readings is distinct from held.readings
        or expected.checksum is distinct from held.checksum
    )
