-- Files that no reader claims, looked at by the readers of today.
select
    path,
    size_bytes,
    modified_ns,
    settings,
    coalesce(seen, '') as seen,
    without_data
from ingest.passed_over
where understood = %s
