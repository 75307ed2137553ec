-- Record files that no reader claims and that needn't be opened again while they are unchanged.
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
