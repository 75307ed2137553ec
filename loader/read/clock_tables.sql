-- Tables for rows whose instant or source is not known yet.

-- Grain: one row per row of the files being read, in their order; `timestamp` is the local time, or the instant
-- in files with instants.
create or replace table clocks (
    file_id integer,
    participant_id varchar,
    timestamp timestamp,
    measured measurement,
    device varchar
);

-- Grain: one row per participant with local times.
create or replace table clock_zones (participant_id varchar, zone varchar);

-- Grain: one row per zone and offset from UTC in microseconds, from a local time on. A doubtful time has the
-- offset before the change.
create or replace table clock_offsets (zone varchar, from_clock timestamp, offset_us bigint);
