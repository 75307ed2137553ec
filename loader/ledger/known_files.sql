-- Every file the ledger knows; the columns after digests in the order of KnownFile (known_files.py).
select
    bytes_read,
    digests,
    path,
    format,
    size_bytes,
    modified_ns,
    lines_read,
    unterminated_line_taken,
    times_read,
    vanished,
    read_as,
    changed_ns,
    continues,
    day_first,
    settings,
    devices_read
from ingest.files
