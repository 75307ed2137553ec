-- The participant-days on which files of one format have readings of several devices, or with and without one.

-- Grain: one row per source and UTC day of the valid rows.
create or replace table days_of_sources as
select
    of_rows.source_id,
    of_rows.day,
    of_rows.row_count,
    sources.file_id,
    people.person,
    sources.device,
    files.rank
from (
    select
        source_id,
        timestamp::date as day,
        count(*) as row_count
    from readings
    where timestamp is not null
    group by all
) as of_rows
inner join sources on of_rows.source_id = sources.source_id
inner join files on sources.file_id = files.file_id
inner join people on sources.participant_id = people.participant_id;

-- Grain: one row per participant and UTC day.
create or replace table days_of_several_devices as
select distinct
    person,
    day
from (
    select
        person,
        day
    from days_of_sources
    group by person, day, rank
    having min(device) <> max(device)
);

-- Grain: one row per participant, UTC day, device and slice: its instants in files of every format.
create or replace table device_readings (person integer, day date, device varchar, readings bigint);
