-- Record what the merge of a run changed, and how many readings of each participant arrived.
with arriving as ( -- noqa: PRS
    select
        participant_id,
        rows_new,
        rows_late,
        rows_corrected,
        rows_moved
    from
        unnest(
            %(participants)s::text[],
            %(rows_new)s::bigint[],
            %(rows_late)s::bigint[],
            %(rows_corrected)s::bigint[],
            %(rows_moved)s::bigint[]
        ) as arriving_rows (participant_id, rows_new, rows_late, rows_corrected, rows_moved)
),

arrived as (
    insert into ingest.arrivals (run_id, participant_id, rows_new, rows_late)
    select
        %(run_id)s,
        participant_id,
        rows_new,
        rows_late
    from arriving
    where rows_new + rows_late > 0
)

update ingest.merges
set
    rows_new = (select coalesce(sum(rows_new), 0) from arriving),
    rows_late = (select coalesce(sum(rows_late), 0) from arriving),
    rows_corrected = (select coalesce(sum(rows_corrected), 0) from arriving),
    rows_moved = (select coalesce(sum(rows_moved), 0) from arriving),
    merged_at = clock_timestamp()
where run_id = %(run_id)s
