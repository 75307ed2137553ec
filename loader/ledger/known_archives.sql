-- Archives that were looked through without a fault, by the readers of today.
select
    path,
    size_bytes,
    modified_ns,
    changed_ns,
    members,
    settings
from ingest.archives
where understood = %s
