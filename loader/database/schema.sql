-- What the loader keeps in the database: `ingest` (the ledger); `staging` (one run's delta) is in staging.sql.
-- Idempotent; run by the first command that finds another version of it in the database (its digest
-- is the comment on schema ingest), because it takes locks that a running merge holds up.

create schema if not exists staging;
create schema if not exists ingest;
-- dbt fills it; its readers must be let in.
create schema if not exists marts;
grant usage on schema marts to fitbit_reader;

create table if not exists ingest.runs (
    run_id bigint generated always as identity primary key,
    command text not null,
    mode text,
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    outcome text not null default 'running' check (
        outcome in ('running', 'ok', 'nothing new', 'staged', 'failed', 'interrupted')
    ),
    files_seen integer,
    files_read integer,
    files_passed_over integer,
    rows_read bigint,
    rows_staged bigint,
    rows_new bigint,
    rows_late bigint,
    rows_corrected bigint,
    rows_unchanged bigint,
    rows_duplicate bigint,
    rows_rejected bigint,
    -- Readings deleted at an instant that they turned out not to be of; no row read is one of these.
    rows_moved bigint,
    -- Instants that occur more than once with different values; local times in doubt (docs/formats.md).
    conflicts bigint,
    local_times_repeated bigint,
    local_times_ambiguous bigint,
    local_times_never bigint,
    first_timestamp timestamptz,
    last_timestamp timestamptz,
    last_ok_run timestamptz,
    heart_rate_oid oid,
    seconds jsonb,
    error text
);

alter table ingest.runs
add column if not exists files_passed_over integer,
add column if not exists conflicts bigint,
add column if not exists local_times_repeated bigint,
add column if not exists local_times_ambiguous bigint,
add column if not exists local_times_never bigint,
-- The folder that was read, and its "device:inode"; null from before they were kept.
add column if not exists data_dir text,
add column if not exists data_dir_identity text,
add column if not exists rows_moved bigint;

-- Readings in the files of days that retention has dropped. A new category changes the sum below.
alter table ingest.runs
add column if not exists rows_below_retention bigint,
drop constraint if exists every_row_is_accounted_for,
add constraint every_row_is_accounted_for check (
    outcome not in ('ok', 'nothing new')
    or rows_read
    = rows_new + rows_late + rows_corrected + rows_unchanged + rows_duplicate + rows_rejected
    + coalesce(rows_below_retention, 0)
);

-- What the merge of a run changed, written by dbt in the transaction of the merge itself.
create table if not exists ingest.merges ( -- noqa: PRS
    run_id bigint primary key,
    rows_new bigint not null,
    rows_late bigint not null,
    rows_corrected bigint not null,
    rows_moved bigint not null default 0,
    -- Whether the ledger knows of it; a run that died after its merge leaves false.
    committed boolean not null default false,
    merged_at timestamptz not null default clock_timestamp()
);

alter table ingest.merges add column if not exists rows_moved bigint not null default 0;

-- When which participant's readings came: of each merge that brought any. Written with ingest.merges.
create table if not exists ingest.arrivals (
    run_id bigint not null,
    participant_id text not null,
    rows_new bigint not null,
    rows_late bigint not null,
    arrived_at timestamptz not null default clock_timestamp(),
    primary key (run_id, participant_id)
);

-- What is loaded of each file. `modified_ns`: of a file in an archive its CRC-32. `digests`: eight bytes
-- of SHA-256 for each 4 MiB of the first bytes_read. `read_as`: under which participant and time zone,
-- if the file does not say; null if it was loaded before that was recorded.
create table if not exists ingest.files (
    path text primary key,
    format text not null,
    size_bytes bigint not null,
    modified_ns bigint not null,
    bytes_read bigint not null,
    lines_read bigint not null,
    unterminated_line_taken boolean not null,
    digests bytea not null,
    times_read bigint not null default 1,
    vanished boolean not null default false,
    read_as text,
    run_id bigint not null,
    loaded_at timestamptz not null default clock_timestamp()
);
alter table ingest.files add column if not exists read_as text;
-- The inode's change time, which no program can set back; null for a file in an archive, and from before
-- it was kept: then it is not compared.
alter table ingest.files add column if not exists changed_ns bigint;
-- The file says that it continues in another file: the last page of an answer names a next page.
alter table ingest.files add column if not exists continues boolean not null default false;
-- The dates of the file were read with the day first.
alter table ingest.files add column if not exists day_first boolean not null default false;
-- The settings of its folder (format.yml) under which it was read, as JSON; empty if none concerned it.
alter table ingest.files add column if not exists settings text not null default '';
-- It was read by a version that kept the devices that it names; else it is read again if its format names any.
alter table ingest.files add column if not exists devices_read boolean not null default false;

-- Files that no reader claims, so that they are named once and not opened again. `seen`: what each is or
-- begins with. `understood`: what the readers were then; others look again.
create table if not exists ingest.passed_over (
    path text primary key,
    size_bytes bigint not null,
    modified_ns bigint not null,
    understood text not null,
    noticed_at timestamptz not null default clock_timestamp(),
    seen text
);
alter table ingest.passed_over
add column if not exists seen text,
-- The settings of its folder, as in ingest.files: with others, a reader may claim it.
add column if not exists settings text not null default '',
-- An answer without data points, which may be the last page of an answer.
add column if not exists without_data boolean not null default false;

-- Archives in which every member was read or passed over, so that their contents are known without
-- opening them: to list a compressed tar is to uncompress it. `members`: how many the ledger must know, or
-- it is opened again. `understood`: as in ingest.passed_over.
create table if not exists ingest.archives (
    path text primary key,
    size_bytes bigint not null,
    modified_ns bigint not null,
    -- The change time of the inode; null for an archive in an archive.
    changed_ns bigint,
    members integer not null,
    understood text not null
);
alter table ingest.archives add column if not exists settings text not null default '';

-- Files refused for their rejected rows: named every night, and not read again until they change or
-- another limit is asked for. Readings loaded from them before stay.
create table if not exists ingest.refused_files (
    path text primary key,
    size_bytes bigint not null,
    modified_ns bigint not null,
    max_rejected bigint,
    what text not null,
    hint text not null,
    refused_at timestamptz not null default clock_timestamp()
);
alter table ingest.refused_files add column if not exists settings text not null default '';

-- Grain: one row per file, participant, UTC day and device: what that file contains for that day, without
-- duplicates; for a missing file, what it contained. The device is empty for readings that name none; an instant
-- of two devices is in both rows. `checksum` is null where appended rows may repeat an instant of the day.
create table if not exists ingest.days (
    path text not null,
    participant_id text not null,
    day date not null,
    readings bigint not null,
    checksum bigint,
    -- Null from before it was kept: then it may be any.
    first_timestamp timestamptz,
    last_timestamp timestamptz not null,
    device text not null default '',
    primary key (path, participant_id, day, device)
);
alter table ingest.days add column if not exists first_timestamp timestamptz;
do $$
begin
    if not exists (
        select from pg_attribute
        where attrelid = 'ingest.days'::regclass and attname = 'device' and not attisdropped
    ) then
        alter table ingest.days
        add column device text not null default '',
        drop constraint days_pkey,
        add primary key (path, participant_id, day, device);
        -- Opened again, because the files in them may be read again (ingest.files.devices_read).
        truncate ingest.archives;
    end if;
end;
$$;
create index if not exists days_by_participant on ingest.days (participant_id, day);

-- Grain: one row per file, participant and local day: the limits of the wearer's zones that the file has, in
-- bpm. If files contradict each other, the largest (rank, path) counts. They stay if the file is deleted.
create table if not exists ingest.zone_limits (
    path text not null,
    participant_id text not null,
    day date not null,
    rank smallint not null,
    moderate_from_bpm double precision not null,
    vigorous_from_bpm double precision not null,
    peak_from_bpm double precision not null,
    primary key (path, participant_id, day)
);
create index if not exists zone_limits_by_participant on ingest.zone_limits (participant_id, day);

-- Grain: one row per participant and local day whose limits changed since the marts were last built.
create table if not exists ingest.changed_limits (
    participant_id text not null,
    day date not null,
    primary key (participant_id, day)
);

-- Grain: one row per participant, UTC day and device or app that a file names: its first and last reading of the
-- day. What ingest.days says of all files, but recorded before the marts are built (loader/ledger/devices.py).
create table if not exists ingest.devices (
    participant_id text not null,
    day date not null,
    device text not null,
    first_timestamp timestamptz not null,
    last_timestamp timestamptz not null,
    primary key (participant_id, day, device)
);

-- The latest reading ever ingested of each participant: what is at or before it arrives late.
create table if not exists ingest.participants (
    participant_id text primary key,
    latest_timestamp timestamptz not null
);

-- Grain: one row per participant and UTC day that a run staged: the last one that did. Kept when the run stages
-- them, before the merge: what a Parquet archive has to write since its last run (loader/commands/archive/).
create table if not exists ingest.changed_days (
    participant_id text not null,
    day date not null,
    run_id bigint not null,
    primary key (participant_id, day)
);
create index if not exists changed_days_by_run on ingest.changed_days (run_id);

-- Grain: at most one row; none as long as RETENTION was never set (docs/retention.md). Readings before the floor, a
-- UTC day, are neither loaded nor compared; null if they are again. `highest_floor`: what the floor has ever been,
-- because marts below it have rows whose readings may be gone. `is_lowered`: files may have readings from the floor
-- on that are still to be loaded; a run that was to load them and died leaves true.
create table if not exists ingest.retention (
    floor date,
    highest_floor date not null check (floor is null or floor <= highest_floor),
    is_lowered boolean not null default false,
    changed_at timestamptz not null default clock_timestamp()
);
create unique index if not exists retention_has_one_row on ingest.retention ((true));

-- Grain: one row per folder in which an archive was begun. If the folder has none, its disk isn't mounted.
create table if not exists ingest.archive_folders (
    folder text primary key,
    begun_at timestamptz not null default clock_timestamp()
);

-- Grain: one row in the ledger of a Parquet archive (STORE=archive), none in that of heart_rate: the archive's id.
create table if not exists ingest.store (
    archive_id text primary key,
    recorded_at timestamptz not null default clock_timestamp()
);

-- Of each file the first 1,000, of a run the first 10,000; ingest.runs.rows_rejected counts them all.
create table if not exists ingest.rejected_rows (
    path text not null,
    line bigint not null,
    raw text not null,
    reason text not null,
    run_id bigint not null,
    rejected_at timestamptz not null default clock_timestamp(),
    primary key (path, line)
);

-- Grain: one row per participant who was erased (make forget): when, and how many readings. Nothing
-- that says who it was.
create table if not exists ingest.forgotten (
    forgotten_at timestamptz not null default clock_timestamp(),
    readings bigint not null
);

-- Grain: at most one row. Of which files of dbt's project the seeds and views are built
-- (loader/transform/unchanged.py).
create table if not exists ingest.project (
    digest text not null,
    built_at timestamptz not null default clock_timestamp()
);
