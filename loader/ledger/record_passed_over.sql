-- Files that no reader claims, not to be opened again as long as they stay as they are.
insert into ingest.passed_over (understood, path, size_bytes, modified_ns, settings, seen, without_data)
select
    %s,
    files.path,
    files.size_bytes,
    files.modified_ns,
    files.settings,
    files.seen,
    files.without_data
from
    unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::boolean[])
        as files (
            path, size_bytes, modified_ns, settings, seen, without_data
        )
