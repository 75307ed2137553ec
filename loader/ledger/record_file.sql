-- Record what is loaded from a file.
insert into ingest.files as known (
    path,
    format,
    size_bytes,
    modified_ns,
    changed_ns,
    bytes_read,
    lines_read,
    unterminated_line_taken,
    digests,
    read_as,
    continues,
    day_first,
    settings,
    devices_read,
    run_id
)
values (
    %(name)s,
    %(format)s,
    %(size)s,
    %(stamp)s,
    %(changed_ns)s,
    %(length)s,
    %(lines_read)s,
    %(unterminated_line_taken)s,
    %(digests)s,
    %(read_as)s,
    %(continues)s,
    %(day_first)s,
    %(settings)s,
    %(devices_read)s,
    %(run_id)s
)
on conflict (path) do update
    set
        format = excluded.format,
        size_bytes = excluded.size_bytes,
        modified_ns = excluded.modified_ns,
        changed_ns = excluded.changed_ns,
        bytes_read = excluded.bytes_read,
        lines_read = excluded.lines_read,
        unterminated_line_taken = excluded.unterminated_line_taken,
        digests = excluded.digests,
        read_as = excluded.read_as,
        continues = excluded.continues,
        day_first = excluded.day_first,
        settings = excluded.settings,
        devices_read = excluded.devices_read,
        times_read = known.times_read + 1,
        vanished = false,
        run_id = excluded.run_id,
        loaded_at = clock_timestamp()
