-- Grain: one row. The row counts before the merge: valid rows that aren't deduplicated readings are duplicates,
-- and deduplicated readings that are neither before the day $floor (null for no floor)
-- nor staged are unchanged.
select
    (select count(timestamp) from readings) as valid,
    (select coalesce(sum(row_count), 0)::bigint from rejected_counts) as rejected,
    (select count(*) from rejected) as rejected_kept,
    (select coalesce(sum(readings), 0)::bigint from deduplicated_days) as deduplicated,
    (
        select coalesce(sum(readings), 0)::bigint
        from deduplicated_days
        where day < $floor::date
    ) as below_retention,
    (
        select coalesce(sum(deduplicated_days.readings), 0)::bigint
        from deduplicated_days
        semi join selected_days
            on
                deduplicated_days.participant_id = selected_days.participant_id
                and deduplicated_days.day = selected_days.day
    ) as staged
