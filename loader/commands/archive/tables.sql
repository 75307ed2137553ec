-- The tables of DuckDB for an update or a check of the archive; they are empty if nothing is put into them.

-- Grain: one row per participant and UTC day of days.parquet, the archive's ledger.
create table ledger (
    participant_id varchar,
    day date,
    bucket integer,
    readings bigint,
    checksum bigint,
    first_timestamp timestamptz,
    last_timestamp timestamptz
);

-- Grain: one row per file, participant and UTC day: what the files that were written or read contain. The file is
-- named by the first day and the bucket of its partition.
create table file_days (
    first_day date,
    bucket integer,
    participant_id varchar,
    day date,
    readings bigint,
    checksum bigint,
    first_timestamp timestamptz,
    last_timestamp timestamptz
);

-- Grain: one row per partition that was written or removed.
create table written (first_day date, bucket integer);

-- Grain: one row per participant and UTC day of heart_rate.
create table in_table (participant_id varchar, day date, readings bigint, checksum bigint);

-- Grain: one row per participant of in_table.
create table buckets (participant_id varchar, bucket integer);

-- Grain: one row per participant-day that may leave the archive.
create table may_leave (participant_id varchar, day date);
