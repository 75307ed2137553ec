-- Grain: one row. The server's clock, and whether there is something to show.
select
    now() at time zone 'UTC' as made_at,
    to_regclass('marts.heart_rate_participant') is not null as has_marts,
    to_regclass('ingest.runs') is not null as has_runs
