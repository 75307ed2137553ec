-- For this transaction: rows in compressed chunks are erased however many they are. Where TimescaleDB
-- has no such setting (the apache licence), there are no compressed chunks.
select set_config(name, '0', true)
from pg_settings
where name = 'timescaledb.max_tuples_decompressed_per_dml_transaction'
