-- A file that others share is no longer one of a participant.
update ingest.files
set read_as = %(read_as)s
where path = %(path)s
