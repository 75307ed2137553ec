-- A table equal to heart_rate, as a person would create it to load files with psql.
create table by_hand (
    participant_id text not null default 'me',
    timestamp timestamptz not null,
    value double precision not null,
    confidence smallint
);
select create_hypertable(
    'by_hand', by_range('timestamp', interval '7 days'), create_default_indexes => false
);
