-- Files that no reader claims, looked at by the readers of today.
select
    path,
    size_bytes,
    modified_ns,
    coalesce(seen, '') as seen
from ingest.passed_over
where understood = %s
