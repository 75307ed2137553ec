-- Grain: one row. The server's time, and whether the marts and the runs exist.
select
    now() as made_at,
    to_regclass('marts.heart_rate_participant') is not null as has_marts,
    to_regclass('ingest.runs') is not null as has_runs
