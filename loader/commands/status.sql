-- Grain: one row. What is loaded, and how the newest run ended.
with sample_files as (
    select files.path
    from ingest.files as files
    inner join unnest(%(lengths)s::bigint[], %(digests)s::bytea[]) as tracked (length, digests)
        on files.bytes_read = tracked.length and files.digests = tracked.digests
)

select
    (select max(ended_at) from ingest.runs where outcome in ('ok', 'nothing new')) as last_ok,
    (select max(latest_timestamp) from ingest.participants) as latest_timestamp,
    (
        select coalesce(sum(days.readings), 0)::bigint
        from ingest.days
        inner join ingest.files on days.path = files.path
        where not files.vanished and days.day >= coalesce((select floor from ingest.retention), days.day)
    ) as readings,
    (select count(*) from ingest.participants) as participants,
    (select count(*) from ingest.files where not vanished) as files,
    (select count(*) from ingest.rejected_rows) as rejected,
    (select count(*) from ingest.passed_over) as passed_over,
    (select outcome from ingest.runs order by run_id desc limit 1) as last_outcome,
    (select error from ingest.runs order by run_id desc limit 1) as last_error,
    (
        select count(*) > 0
        from pg_locks
        where
            locktype = 'advisory'
            and granted
            and (classid, objid) = (%(lock_class)s, %(lock_object)s)
            and database = (select oid from pg_database where datname = current_database())
    ) as is_running,
    (
        -- The sample, once other files are loaded too; until then it is all there is.
        select coalesce(sum(days.readings), 0)::bigint
        from ingest.days as days
        inner join sample_files on days.path = sample_files.path
        where
            days.participant_id = %(participant)s
            -- Unless the table was dropped since.
            and exists (
                select 1
                from ingest.participants as participants
                where participants.participant_id = days.participant_id
            )
            and exists (
                select 1
                from ingest.files as others
                where
                    not others.vanished
                    and others.path not in (select sample_files.path from sample_files)
            )
    ) as sample
