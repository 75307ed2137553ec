-- The scratch database of a run (DuckDB, on disk, deleted at the end of the run).

-- The fields of a reading. Only this file, readers/ and the statements that stage the delta name them; all
-- others pass them on as one value.
create type measurement as struct(value double, confidence tinyint);
create macro measurement_of(value, confidence) as (
    {'value': value, 'confidence': confidence}::measurement
);

-- Grain: one row per row of the files read, in the order (format rank, path, line): of the readings of one
-- instant, the one with the largest rowid wins. A row without a reading has a null timestamp. The table is
-- narrow: a participant's name in every row would take another second per year of readings.
create table readings (
    source_id integer,
    timestamp timestamp,
    measured measurement
);

-- Grain: one row per file, participant and device of the rows read; `source_id` counts from 0. The device is
-- empty for rows that name none.
create table sources (source_id integer, file_id integer, participant_id varchar, device varchar);

-- Grain: one row per rejected row, of each file only the first ones.
create table rejected (file_id integer, line bigint, raw varchar, reason varchar);

-- Grain: one row per participant whose rows another process loads.
create table other_participants (participant_id varchar);

-- Grain: one row per file with rejected rows: their number.
create table rejected_counts (file_id integer, row_count bigint);

-- Grain: one row per file read. `first_level` is the first folder or archive below DATA_DIR if two of them
-- may be two people's; otherwise null. `rank` is its format's.
create table files (file_id integer, path varchar, appended boolean, first_level varchar, rank integer);

-- Grain: one row per file and device that its settings prefer; `place` counts from 1, the most trusted.
create table preferred_devices (file_id integer, place integer, device varchar);

-- Grain: one row per file, participant, UTC day and device: the ledger's days (ingest.days) of the files read in
-- full.
create table known_days (
    path varchar,
    participant_id varchar,
    day date,
    device varchar,
    readings bigint,
    checksum bigint
);

-- Grain: one row per participant and UTC day of heart_rate; empty if the run doesn't compare with the table.
create table table_days (participant_id varchar, day date, readings bigint, checksum bigint);

-- Grain: one row per plain file and UTC day, as DuckDB's own CSV reader reads it (only for verify).
create table typed_days (participant_id varchar, day date, readings bigint, checksum bigint);

-- Grain: one row per slice and participant for which two first-level folders or archives contradict each other.
create table disagreements (
    participant_id varchar,
    one varchar,
    other varchar,
    instants bigint,
    first_timestamp timestamp
);

-- Grain: one row per participant-day that this run decides; may contain duplicates.
create table selected_days (participant_id varchar, day date);

-- Grain: one row per change of a zone's offset near which local times were read. Times from begin_clock to
-- end_clock are doubtful; rows from begin_near to end_near help to decide them. `instant` is UTC, the offsets
-- are in microseconds.
create table clock_changes (
    zone varchar,
    instant timestamp,
    before_us bigint,
    after_us bigint,
    begin_clock timestamp,
    end_clock timestamp,
    begin_near timestamp,
    end_near timestamp
);

-- Grain: one row per row near a change; `place` is its rowid in readings, where a doubtful time has the offset
-- before the change until all files are read. `clock` is the local time.
create table clock_rows (
    place bigint,
    file_id integer,
    participant_id varchar,
    zone varchar,
    instant timestamp,
    clock timestamp,
    measured measurement
);

-- Grain: one row per doubtful row: its decided instant, and its instant with the other offset.
create table decided_clocks (
    place bigint,
    participant_id varchar,
    timestamp timestamp,
    alternative timestamp
);

-- Grain: one row per participant-day around a clock change for which every file that ever had a reading of it
-- was read.
create table all_read_days (participant_id varchar, day date);

-- Grain: one row per file, participant and UTC day for which the file is loaded under other settings than now:
-- the instants between which its readings are.
create table former_days (
    path varchar,
    participant_id varchar,
    day date,
    first_timestamp timestamp,
    last_timestamp timestamp
);

-- Grain: one row per file that has changed, participant and instant: what is loaded in its former hours.
create table loaded_readings (
    path varchar,
    participant_id varchar,
    timestamp timestamp,
    value double,
    confidence tinyint
);

-- Grain: one row per reading for the merge to delete at this instant; an instant may have several values.
create table moved (participant_id varchar, timestamp timestamp, value double, confidence tinyint);

-- A reading as an integer. Multiplied by 2^54, every double from 0.25 to 511 is an integer, so no digit is
-- lost. It is mixed with the instant and the confidence modulo the prime 2^31 - 1. A day's checksum is the sum
-- of the squares, so it doesn't depend on the order of the rows. ledger/reading_hash.sql has the same formula.
create macro reading_hash(instant, measured) as (
    (
        (epoch_us(instant) % 2147483647) * 998244353
        + ((measured.value * 18014398509481984)::bigint % 2147483647) * 754974721
        + (coalesce(measured.confidence, -1) + 2) * 167772161
    ) % 2147483647
);
create macro total_checksum(checksum) as ((sum(checksum) % 2305843009213693952)::bigint);
create macro day_checksum(hash) as (total_checksum(hash * hash));
