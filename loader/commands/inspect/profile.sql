-- Grain: one row. What was read, for `inspect`. Steps are between neighbouring rows of one file and participant in the
-- order of the file, which may be newest first.
with steps as (
    select
        source_id,
        timestamp,
        case
            when lag(source_id) over ({neighbours}) = source_id
                then timestamp - lag(timestamp) over ({neighbours})
        end as step
    from readings
    where timestamp is not null
),

common_steps as (
    select
        abs(epoch(step)) as seconds,
        count(*) as times
    from steps
    where step <> interval 0 seconds
    group by seconds
    order by times desc, seconds asc
    limit 3
)

select
    (select count(*) from readings) as row_count,
    (select count(*) from steps) as readings,
    (select coalesce(sum(row_count), 0)::bigint from rejected_counts) as rejected,
    (select min(timestamp) from steps) as first_timestamp,
    (select max(timestamp) from steps) as last_timestamp,
    (
        select list(distinct participant_id order by participant_id)
        from sources
        where source_id in (select source_id from steps)
    ) as participants,
    (select count(*) from steps) - (select count(*) from deduplicated) as duplicates,
    (select count(*) from steps where step < interval 0 seconds) as steps_back,
    (select count(*) from steps where step is not null) as steps,
    (select list({{'seconds': seconds, 'times': times}}) from common_steps) as common_steps
