-- Record that a file that others share no longer has a participant's readings.
update ingest.files
set read_as = %(read_as)s
where path = %(path)s
