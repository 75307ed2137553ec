-- Decide which row of a slice wins for each instant. The rows are in the order (person, timestamp, rowid), and
-- the windows only compare neighbours, so nothing is sorted or kept in memory.

-- First within each file, for the ledger.
create or replace view slice_by_file as
select
    source_id,
    person,
    timestamp,
    measured
from (
    select
        *,
        lead(source_id) over () as next_source_id,
        lead(timestamp) over () as next_timestamp
    from slice
)
where next_source_id is distinct from source_id or next_timestamp is distinct from timestamp;

insert into days_of_slices
select
    source_id,
    timestamp::date as day,
    count(*) as readings,
    day_checksum(reading_hash(timestamp, measured)) as checksum,
    min(timestamp) as first_timestamp,
    max(timestamp) as last_timestamp
from slice_by_file
group by all;

-- Then across the files, for the table: the last row of an instant is also the last of its file. `conflicts` is
-- the running number of neighbours with the same instant and different values: if it grew since the previous
-- instant, the rows of this one differ, in one file or in several.
insert into deduplicated_rows
with neighbours as (
    select
        *,
        lag(person) over () as last_person,
        lag(timestamp) over () as last_timestamp,
        lag(measured.value) over () as last_value,
        lead(person) over () as next_person,
        lead(timestamp) over () as next_timestamp
    from slice
),

counted as (
    select
        *,
        sum(
            (person = last_person and timestamp = last_timestamp and measured.value <> last_value)::integer
        ) over (rows between unbounded preceding and current row) as conflicts -- noqa: PRS
    from neighbours
),

winners as (
    select *
    from counted
    where next_person is distinct from person or next_timestamp is distinct from timestamp
)

select
    person,
    timestamp,
    measured,
    coalesce(conflicts, 0) > coalesce(lag(conflicts) over (), 0) as is_conflict
from winners;

-- Grain: one row per participant of two first-level folders or archives that contradict each other. Of several
-- devices at an instant, one with the same value in all folders is enough for them to agree.
insert into disagreements
with several as (
    select sources.participant_id
    from sources
    inner join files on sources.file_id = files.file_id
    group by sources.participant_id
    having min(files.first_level) <> max(files.first_level)
),

instants as (
    select
        sources.participant_id,
        slice_by_file.timestamp,
        min(files.first_level) as one,
        max(files.first_level) as other
    from slice_by_file
    inner join sources on slice_by_file.source_id = sources.source_id
    inner join files on sources.file_id = files.file_id
    inner join several on sources.participant_id = several.participant_id
    where files.first_level is not null
    group by sources.participant_id, slice_by_file.timestamp
    having
        min(files.first_level) <> max(files.first_level)
        and min(slice_by_file.measured.value) <> max(slice_by_file.measured.value)
),

-- Which folders have each value of such an instant.
of_values as (
    select
        instants.participant_id,
        instants.timestamp,
        any_value(instants.one) as one,
        any_value(instants.other) as other,
        list(distinct files.first_level) as folders
    from instants
    inner join sources on instants.participant_id = sources.participant_id
    inner join files on sources.file_id = files.file_id
    inner join slice_by_file
        on sources.source_id = slice_by_file.source_id and instants.timestamp = slice_by_file.timestamp
    where files.first_level is not null
    group by instants.participant_id, instants.timestamp, slice_by_file.measured.value
),

contradictions as (
    select
        participant_id,
        timestamp,
        any_value(one) as one,
        any_value(other) as other
    from of_values
    group by participant_id, timestamp
    having max(len(folders)) < len(list_distinct(flatten(list(folders))))
)

select
    participant_id,
    min(one) as one,
    max(other) as other,
    count(*) as instants,
    min(timestamp) as first_timestamp
from contradictions
group by participant_id;
