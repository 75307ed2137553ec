-- The table that is filled by hand, and what a table holds. Postgres.

-- name: make_table
-- A table equal to heart_rate, as somebody makes it who loads files by hand.
create table by_hand (
    participant_id text not null default 'me',
    timestamp timestamptz not null,
    value double precision not null,
    confidence smallint
);
select create_hypertable(
    'by_hand', by_range('timestamp', interval '7 days'), create_default_indexes => false
);

-- name: add_key
alter table by_hand add primary key (participant_id, timestamp);

-- name: copy_rows
copy by_hand (participant_id, timestamp, value, confidence) from stdin (format binary); -- noqa: PRS

-- name: table_contents
-- Grain: one row per participant and UTC day: the same as file_contents in duck.sql, of a table.
select
    participant_id,
    (timestamp at time zone 'UTC')::date::text as day,
    count(*) as readings,
    sum(
        (extract(epoch from timestamp)::bigint % 86400 + 1) * round(value * 10000)::bigint
    )::bigint as checksum
from {table}
group by participant_id, day;

-- name: view_of_dlt
-- What dlt has loaded, without its own columns.
create or replace view readings_by_dlt as
select
    participant_id,
    timestamp,
    value
from by_dlt.heart_rate;
