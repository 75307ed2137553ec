-- Grain: one row. What is loaded, and how the newest run ended.
select
    (select max(ended_at) from ingest.runs where outcome in ('ok', 'nothing new')) as last_ok,
    (select max(latest_timestamp) from ingest.participants) as latest_timestamp,
    (
        select coalesce(sum(days.readings), 0)::bigint
        from ingest.days
        inner join ingest.files on days.path = files.path
        where not files.vanished
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
        inner join ingest.files as files on days.path = files.path
        where
            days.participant_id = %(participant)s
            and files.bytes_read = %(bytes_read)s
            and files.digests = %(digests)s
            -- Unless the table was dropped since.
            and exists (
                select 1
                from ingest.participants as participants
                where participants.participant_id = days.participant_id
            )
            and exists (
                select 1
                from ingest.files as others
                where others.path <> files.path and not others.vanished
            )
    ) as sample
