-- Files refused for their rejected rows.
select
    path,
    size_bytes,
    modified_ns,
    max_rejected,
    what,
    hint,
    settings
from ingest.refused_files
