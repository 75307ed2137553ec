-- Forget the days of a missing file if a present file has the same content, because then it was renamed.
delete from ingest.days
using ingest.files as missing, ingest.files as present
where
    days.path = missing.path
    and missing.vanished
    and not present.vanished
    and present.format = missing.format
    and present.bytes_read = missing.bytes_read
    and present.digests = missing.digests
    and present.read_as is not distinct from missing.read_as
