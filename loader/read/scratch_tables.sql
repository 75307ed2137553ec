-- The run's scratch database (DuckDB, on disk, thrown away at the end of the run).

-- What was measured at an instant; its fields are named here, in readers/, in the checksum below and
-- where the delta is staged. All statements between pass it on as one value.
create type measurement as struct(value double, confidence tinyint);
create macro measurement_of(value, confidence) as (
    {'value': value, 'confidence': confidence}::measurement
);

-- Grain: one row per row of the files read, in the order (format rank, path, line), so
-- that of two readings of one instant the one with the larger rowid wins. A row that is no reading
-- has a null timestamp. The table is kept narrow: a participant's name in every row would cost a
-- second a year to write.
create table readings (
    source_id integer,
    timestamp timestamp,
    measured measurement
);

-- Grain: one row per file and participant that rows were read of; `source_id` counts them from 0.
create table sources (source_id integer, file_id integer, participant_id varchar);

-- Grain: one row per line that is no reading and not blank, of each file the first ones.
create table rejected (file_id integer, line bigint, raw varchar, reason varchar);

-- Grain: one row per file with rejected rows: how many it has.
create table rejected_counts (file_id integer, row_count bigint);

-- Grain: one row per file read. `first_level` is the first folder or archive below DATA_DIR if two of
-- them may be two people; null if nothing can be mixed.
create table files (file_id integer, path varchar, appended boolean, first_level varchar);

-- What the ledger knows of the files that were scanned in full (ingest.days).
create table known_days (path varchar, participant_id varchar, day date, readings bigint, checksum bigint);

-- What the table holds (only filled when a run compares with it).
create table table_days (participant_id varchar, day date, readings bigint, checksum bigint);

-- Grain: one row per plain file and UTC day, as DuckDB's own CSV reader reads it (only for verify).
create table typed_days (participant_id varchar, day date, readings bigint, checksum bigint);

-- Grain: one row per slice and participant that two first-level folders or archives disagree about.
create table disagreements (
    participant_id varchar,
    one varchar,
    other varchar,
    instants bigint,
    first_timestamp timestamp
);

-- The participant-days that this run decides.
create table selected_days (participant_id varchar, day date);

-- The changes of offset that local times were read around: which times are doubtful (begin_clock to
-- end_clock), and near which times rows help to decide (begin_near to end_near). `instant` is UTC,
-- the offsets are in microseconds.
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

-- Grain: one row per row near a change; `place` is its rowid in readings, where a doubtful time has the
-- offset before the change until all files are read. `clock` is the wall clock's time.
create table clock_rows (
    place bigint,
    file_id integer,
    participant_id varchar,
    zone varchar,
    instant timestamp,
    clock timestamp,
    measured measurement
);

-- Grain: one row per doubtful row: the instant it means, and the one it would mean with the other offset.
create table decided_clocks (
    place bigint,
    participant_id varchar,
    timestamp timestamp,
    alternative timestamp
);

-- The participant-days around clock changes for which every file was read that ever had a reading.
create table all_read_days (participant_id varchar, day date);

-- One reading as an integer. 2^54 makes every double from 0.25 to 511 a whole number, so no digit is
-- lost; the rest mixes it with the instant and the confidence modulo the prime 2^31 - 1. A day's
-- checksum is the sum of these, so the order of rows plays no part. ledger/table_days.sql
-- computes the same.
create macro reading_hash(instant, measured) as (
    (
        (epoch_us(instant) % 2147483647) * 998244353
        + ((measured.value * 18014398509481984)::bigint % 2147483647) * 754974721
        + (coalesce(measured.confidence, -1) + 2) * 167772161
    ) % 2147483647
);
create macro total_checksum(checksum) as ((sum(checksum) % 2305843009213693952)::bigint);
create macro day_checksum(hash) as (total_checksum(hash * hash));
