-- Grain: one row; none while heart_rate isn't a hypertable. Its bytes on disk in rows and compressed (a chunk that is
-- partly compressed has both), and an estimate of its readings, which is 0 before the first analyze.
with chunks as (
    select
        format('%I.%I', chunk_schema, chunk_name)::regclass as chunk,
        is_compressed
    from timescaledb_information.chunks
    where hypertable_schema = 'public' and hypertable_name = 'heart_rate'
),

states as (
    select
        count(*) as chunks,
        count(*) filter (where is_compressed) as compressed_chunks,
        pg_total_relation_size(to_regclass('public.heart_rate'))
        + coalesce(sum(pg_total_relation_size(chunk)), 0)::bigint as row_bytes
    from chunks
)

select
    states.row_bytes,
    sizes.total_bytes - states.row_bytes as compressed_bytes,
    states.chunks,
    states.compressed_chunks,
    approximate_row_count(to_regclass('public.heart_rate')) as readings,
    (
        select compression_enabled
        from timescaledb_information.hypertables
        where hypertable_schema = 'public' and hypertable_name = 'heart_rate'
    ) as is_enabled,
    current_setting('timescaledb.license') as licence,
    (select extversion from pg_extension where extname = 'timescaledb') as version
from hypertable_detailed_size(to_regclass('public.heart_rate')) as sizes
cross join states
