-- Let files be read in full as soon as they can be read again: no file has this size or these digests.
update ingest.files
set
    size_bytes = -1,
    digests = ''
where path = any(%s)
