-- Whether the database has the table heart_rate, or its ledger has readings of files.
select to_regclass('public.heart_rate') is not null or exists (select 1 from ingest.days) as has_readings
