-- Grain: one row per chunk of public.heart_rate that lies below the floor as a whole, in the order of time: its end.
select chunks.range_end
from timescaledb_information.chunks as chunks
inner join ingest.retention on chunks.range_end <= retention.floor::timestamp at time zone 'UTC'
where chunks.hypertable_schema = 'public' and chunks.hypertable_name = 'heart_rate'
order by chunks.range_end
