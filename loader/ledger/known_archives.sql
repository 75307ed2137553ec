-- Grain: one row per archive that the readers of this version looked through without a fault.
select
    path,
    size_bytes,
    modified_ns,
    changed_ns,
    members,
    settings
from ingest.archives
where understood = %s
