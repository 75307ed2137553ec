-- Grain: one row. Whether this database has TimescaleDB.
select to_regclass('_timescaledb_catalog.chunk') is not null as has_catalog
