-- The tables of DuckDB for merging the delta with the files of an archive.

-- Grain: one row per participant: the latest reading before this run.
create table watermarks (participant_id varchar, latest_timestamp timestamp);

-- Grain: one row per participant of the files read, as in `people`.
create table buckets_of_people (person integer, bucket integer);

-- Grain: one row per partition and participant: what the merge changed.
create table arrived (
    participant_id varchar,
    rows_new bigint,
    rows_late bigint,
    rows_corrected bigint,
    rows_moved bigint
);
