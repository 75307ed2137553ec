-- Grain: one row per file that no reader of this version claims.
select
    path,
    size_bytes,
    modified_ns,
    settings,
    coalesce(seen, '') as seen,
    without_data
from ingest.passed_over
where understood = %s
