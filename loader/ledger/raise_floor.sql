-- Raise the floor.
insert into ingest.retention as known (floor, highest_floor)
values (%(floor)s, %(floor)s)
on conflict ((true)) do update
    set
        floor = excluded.floor,
        highest_floor = greatest(known.highest_floor, excluded.floor),
        changed_at = clock_timestamp()
    where known.floor is null or known.floor < excluded.floor
