-- Rows before it is known which instants their local times mean, or which source they are of.

-- Grain: one row per row of the files being read, in their order; `timestamp` is the wall clock's.
create or replace table clocks (
    file_id integer,
    participant_id varchar,
    timestamp timestamp,
    measured measurement
);

-- Whose clock is of which zone.
create or replace table clock_zones (participant_id varchar, zone varchar);

-- From which local time on a zone has which offset from UTC, in microseconds. A doubtful time has the
-- one before the change.
create or replace table clock_offsets (zone varchar, from_clock timestamp, offset_us bigint);
