-- Record the rejected rows.
insert into ingest.rejected_rows (run_id, path, line, raw, reason)
select
    %s,
    rejected.path,
    rejected.line,
    rejected.raw,
    rejected.reason
from unnest(%s::text[], %s::bigint[], %s::text[], %s::text[]) as rejected (path, line, raw, reason)
on conflict (path, line) do update
    set
        raw = excluded.raw,
        reason = excluded.reason,
        run_id = excluded.run_id,
        rejected_at = clock_timestamp()
