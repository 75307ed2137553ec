-- Record a file that is refused for its rejected rows, as it is now.
insert into ingest.refused_files (path, size_bytes, modified_ns, max_rejected, what, hint, settings)
values (%(name)s, %(size)s, %(stamp)s, %(max_rejected)s, %(what)s, %(hint)s, %(settings)s)
on conflict (path) do update
    set
        size_bytes = excluded.size_bytes,
        modified_ns = excluded.modified_ns,
        max_rejected = excluded.max_rejected,
        what = excluded.what,
        hint = excluded.hint,
        settings = excluded.settings,
        refused_at = clock_timestamp()
