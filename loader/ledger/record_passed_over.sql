-- Files that no reader claims, not to be opened again as long as they stay as they are.
with readers as (
    select %s as understood
)

insert into ingest.passed_over (path, size_bytes, modified_ns, settings, seen, without_data, understood)
select
    files.path,
    files.size_bytes,
    files.modified_ns,
    files.settings,
    files.seen,
    files.without_data,
    readers.understood
from
    unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::boolean[])
        as files (
            path, size_bytes, modified_ns, settings, seen, without_data
        )
cross join readers
on conflict (path) do update
    set
        size_bytes = excluded.size_bytes,
        modified_ns = excluded.modified_ns,
        settings = excluded.settings,
        seen = excluded.seen,
        without_data = excluded.without_data,
        understood = excluded.understood,
        noticed_at = clock_timestamp()
