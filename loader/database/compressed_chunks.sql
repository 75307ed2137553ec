-- Grain: one row. The licence and version of TimescaleDB, and a table of ours with compressed chunks, null without any.
-- Not from timescaledb_information.chunks, which is slower.
select
    current_setting('timescaledb.license') as licence,
    extversion as version,
    (
        select min(format('%I.%I', hypertables.schema_name, hypertables.table_name))
        from _timescaledb_catalog.chunk as chunks
        inner join _timescaledb_catalog.hypertable as hypertables on chunks.hypertable_id = hypertables.id
        where chunks.status & 1 = 1 and starts_with(hypertables.table_name::text, 'heart_rate')
    ) as compressed
from pg_extension
where extname = 'timescaledb'
