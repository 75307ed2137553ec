-- Record archives that needn't be opened again while they are unchanged.
insert into ingest.archives as known (
    understood, path, size_bytes, modified_ns, changed_ns, members, settings
)
select
    %s,
    archives.path,
    archives.size_bytes,
    archives.modified_ns,
    archives.changed_ns,
    archives.members,
    archives.settings
from
    unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::integer[], %s::text[]) as archives (
        path, size_bytes, modified_ns, changed_ns, members, settings
    )
on conflict (path) do update
    set
        size_bytes = excluded.size_bytes,
        modified_ns = excluded.modified_ns,
        changed_ns = excluded.changed_ns,
        members = excluded.members,
        settings = excluded.settings,
        understood = excluded.understood
    where
    (
        known.size_bytes,
        known.modified_ns,
        known.changed_ns,
        known.members,
        known.settings,
        known.understood
    )
    is distinct from
    (
        excluded.size_bytes,
        excluded.modified_ns,
        excluded.changed_ns,
        excluded.members,
        excluded.settings,
        excluded.understood
    )
