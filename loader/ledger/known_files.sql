-- Every file the ledger knows.
select
    path,
    format,
    size_bytes,
    modified_ns,
    bytes_read,
    lines_read,
    unterminated_line_taken,
    digests,
    times_read,
    vanished,
    read_as,
    changed_ns,
    continues,
    day_first,
    settings,
    devices_read
from ingest.files
