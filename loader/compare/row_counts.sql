-- Grain: one row. What became of the rows read, before the merge: valid ones that lost against
-- another row for the same instant are duplicates; those of untouched days are unchanged.
select
    (select count(timestamp) from readings) as valid,
    (select coalesce(sum(row_count), 0)::bigint from rejected_counts) as rejected,
    (select count(*) from rejected) as rejected_kept,
    (select coalesce(sum(readings), 0)::bigint from deduplicated_days) as deduplicated,
    (
        select coalesce(sum(deduplicated_days.readings), 0)::bigint
        from deduplicated_days
        semi join selected_days
            on
                deduplicated_days.participant_id = selected_days.participant_id
                and deduplicated_days.day = selected_days.day
    ) as staged
