-- Grain: one row per participant and UTC day, or per file of it, that differs between heart_rate, the files and
-- days.parquet: how many readings each has. heart_rate isn't compared before the day $floor (null for no floor).
with held as (
    select
        file_days.participant_id,
        file_days.day,
        file_days.readings,
        file_days.checksum,
        (
            file_days.first_day = date_trunc($by, file_days.day)
            and file_days.bucket = coalesce(buckets.bucket, file_days.bucket)
        ) as is_in_place
    from file_days
    left join buckets on file_days.participant_id = buckets.participant_id
)

select
    coalesce(in_table.participant_id, held.participant_id, ledger.participant_id) as participant_id,
    coalesce(in_table.day, held.day, ledger.day) as day,
    coalesce(in_table.readings, 0) as in_table,
    coalesce(held.readings, 0) as in_files,
    coalesce(ledger.readings, 0) as in_ledger
from in_table
full join held
    on in_table.participant_id = held.participant_id and in_table.day = held.day
full join ledger
    on
        coalesce(in_table.participant_id, held.participant_id) = ledger.participant_id
        and coalesce(in_table.day, held.day) = ledger.day
where
    ($floor::date is null or coalesce(in_table.day, held.day, ledger.day) >= $floor::date)
    and (
        in_table.readings is distinct from held.readings
        or in_table.checksum is distinct from held.checksum
    )
    or ledger.readings is distinct from held.readings
    or ledger.checksum is distinct from held.checksum
    or not held.is_in_place
order by participant_id, day
