-- Files that are read in full when they can be read again: no file has this size, nor these digests.
update ingest.files
set
    size_bytes = -1,
    digests = ''
where path = any(%s)
