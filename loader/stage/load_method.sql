-- Whether so many readings (about 84 bytes each with their share of the key) times a factor are as many as heart_rate
-- holds, and heart_rate can be replaced without losing what other people have built on it.
select
    coalesce(
        %(readings)s::numeric * 84 * %(factor)s
        >= hypertable_size('public.heart_rate')
        -- What the readings in compressed chunks would take in rows.
        + coalesce(
            (
                select sum(before_compression_total_bytes - after_compression_total_bytes)
                from hypertable_compression_stats('public.heart_rate')
            ),
            0
        ),
        false
    )
    and not exists (select from staging.lost_objects(array['public.heart_rate']))
