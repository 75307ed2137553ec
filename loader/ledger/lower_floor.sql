-- Lower the floor; null for no floor any more.
update ingest.retention
set
    floor = %(floor)s,
    is_lowered = true,
    changed_at = clock_timestamp()
where floor > %(floor)s or %(floor)s::date is null
