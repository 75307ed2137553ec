-- Grain: one row per reading of a file under the settings with which it is loaded; a doubtful local time has a row for
-- each of its instants. `path` is the file's present name. The table outlives Scratch.clear().
create or replace table main.former_readings (
    path varchar,
    participant_id varchar,
    timestamp timestamp,
    measured struct(value double, confidence tinyint)
);
