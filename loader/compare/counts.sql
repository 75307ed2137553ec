-- Grain: one row. What became of the rows read, before the merge: valid ones that lost against
-- another row for the same instant are duplicates; those of untouched days are unchanged.
select
    (select count(timestamp) from readings) as valid,
    (select coalesce(sum(row_count), 0)::bigint from rejected_counts) as rejected,
    (select count(*) from rejected) as rejected_kept,
    (select coalesce(sum(readings), 0)::bigint from settled_days) as settled,
    (
        select coalesce(sum(settled_days.readings), 0)::bigint
        from settled_days
        semi join touched
            on settled_days.participant_id = touched.participant_id and settled_days.day = touched.day
    ) as staged
