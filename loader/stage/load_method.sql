-- Whether so many readings (about 84 bytes each with their share of the key) times a factor are as many as heart_rate
-- holds, and heart_rate can be replaced without losing what other people have built on it.
select
    coalesce(%(readings)s::numeric * 84 * %(factor)s >= hypertable_size('public.heart_rate'), false)
    and not exists (select from staging.lost_objects(array['public.heart_rate']))
