-- What the loader keeps in the database: `staging` (one run's delta) and `ingest` (the ledger).
-- Idempotent; run by the first command that finds another version of it in the database (its digest
-- is the comment on schema ingest), because it takes locks that a running merge holds up.

create schema if not exists staging;
create schema if not exists ingest;
-- dbt fills it; its readers must be let in.
create schema if not exists marts;
grant usage on schema marts to fitbit_reader;

-- An older loader kept the touched days as a view of what was staged. What it staged is given up: the
-- ledger knows nothing of it yet, so that it is staged again.
do $$
begin
    if exists (
        select 1
        from pg_views
        where schemaname = 'staging' and viewname = 'touched_days'
    ) then
        drop view staging.touched_days;
        truncate staging.heart_rate_packs, staging.batch;
    end if;
end;
$$;

-- The delta, packed: a row holds up to 480 readings of one participant as arrays, just under a page.
-- Unlogged: a crash may empty it, and then the next run stages again. Storage plain: never toasted.
-- A first build's and a full refresh's readings stand as rows in staging.heart_rate_whole instead, which
-- dbt makes and heart_rate takes over (dbt_project/macros/take_over.sql).
create unlogged table if not exists staging.heart_rate_packs (
    participant_id text not null,
    first_timestamp timestamptz not null,
    last_timestamp timestamptz not null,
    timestamps timestamptz [] not null,
    bpm float8 [] not null,
    confidences int2 []
);
alter table staging.heart_rate_packs alter column participant_id set storage plain;
alter table staging.heart_rate_packs alter column timestamps set storage plain;
alter table staging.heart_rate_packs alter column bpm set storage plain;
alter table staging.heart_rate_packs alter column confidences set storage plain;

-- The staging relation that dbt reads. A pack writes "no confidence" as -1.
create or replace view staging.heart_rate as
select
    participant_id,
    unnest(timestamps) as timestamp, -- noqa: RF04
    unnest(bpm) as value, -- noqa: RF04
    nullif(unnest(confidences), -1) as confidence
from staging.heart_rate_packs;

-- Which run filled the staging relation, and whether as a whole table; empty when nothing is staged.
create unlogged table if not exists staging.batch (
    run_id bigint not null,
    readings bigint not null,
    whole boolean not null default false
);
alter table staging.batch add column if not exists whole boolean not null default false;

-- Grain: one row per participant and UTC day with a staged reading: what the marts recompute, and how
-- many readings each is to have brought.
create unlogged table if not exists staging.touched_days (
    participant_id text not null,
    day_start timestamptz not null,
    day_end timestamptz not null,
    readings bigint not null,
    last_timestamp timestamptz not null
);

-- Grain: one row per reading that heart_rate may hold at an instant where no file gives it any more: a local
-- time that occurs twice was taken for the other one (docs/formats.md). The merge deletes it there if
-- value and confidence are the same.
create unlogged table if not exists staging.moved_readings (
    participant_id text not null,
    timestamp timestamptz not null,
    value double precision not null,
    confidence smallint
);

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
    -- Instants given more than once with different values; local times in doubt (docs/formats.md).
    conflicts bigint,
    local_times_repeated bigint,
    local_times_ambiguous bigint,
    local_times_never bigint,
    first_timestamp timestamptz,
    last_timestamp timestamptz,
    last_ok_run timestamptz,
    heart_rate_oid oid,
    seconds jsonb,
    error text,
    constraint every_row_is_accounted_for check (
        outcome not in ('ok', 'nothing new')
        or rows_read
        = rows_new + rows_late + rows_corrected + rows_unchanged + rows_duplicate + rows_rejected
    )
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

-- What the merge of a run changed, written by dbt in the transaction of the merge itself.
create table if not exists ingest.merges (
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

-- What of each file is in. `modified_ns`: of a file in an archive its CRC-32. `digests`: eight bytes
-- of SHA-256 for each 4 MiB of the first bytes_read. `read_as`: under which participant and time zone,
-- where the file does not say; null from before that was kept.
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
alter table ingest.passed_over add column if not exists seen text;

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

-- Files refused for their rejected rows: named every night, and not read again until they change or
-- another limit is asked for. What they gave before stays.
create table if not exists ingest.refused_files (
    path text primary key,
    size_bytes bigint not null,
    modified_ns bigint not null,
    max_rejected bigint,
    what text not null,
    hint text not null,
    refused_at timestamptz not null default clock_timestamp()
);

-- Grain: one row per file, participant and UTC day: what that file gives for that day, the last of
-- equal instants only; of a missing file what it gave. `checksum` is null where appended rows may repeat an instant of the day.
create table if not exists ingest.days (
    path text not null,
    participant_id text not null,
    day date not null,
    readings bigint not null,
    checksum bigint,
    -- Null from before it was kept: then it may be any.
    first_timestamp timestamptz,
    last_timestamp timestamptz not null,
    primary key (path, participant_id, day)
);
alter table ingest.days add column if not exists first_timestamp timestamptz;
create index if not exists days_by_participant on ingest.days (participant_id, day);

-- The latest reading ever ingested of each participant: what is at or before it arrives late.
create table if not exists ingest.participants (
    participant_id text primary key,
    latest_timestamp timestamptz not null
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

-- An instant as a number whose sum over a day tells one set of instants from another.
create or replace function staging.instant_hash(instant timestamptz) returns bigint
language sql immutable parallel safe
return
    ((date_part('epoch', instant) * 1000000)::bigint % 2147483647)
    * ((date_part('epoch', instant) * 1000000)::bigint % 2147483647);

-- How many readings of these participant-days (UTC) the table holds and the staging table does not.
create or replace function staging.lost(participant_ids text [], days date []) returns bigint
language plpgsql as $$
declare
    first_day date;
    last_day date;
    readings_lost bigint;
begin
    select min(day), max(day) into first_day, last_day from unnest(days) as suspects (day);
    with suspect_days as (
        select participant_id, day
        from unnest(participant_ids, days) as suspects (participant_id, day)
    ),
    suspect_packs as (
        select packs.participant_id, packs.timestamps
        from staging.heart_rate_packs as packs
        where exists (
            select 1
            from suspect_days
            where
                suspect_days.participant_id = packs.participant_id
                and suspect_days.day
                between (packs.first_timestamp at time zone 'UTC')::date
                and (packs.last_timestamp at time zone 'UTC')::date
        )
    ),
    staged_readings as (
        select suspect_packs.participant_id, instants.instant
        from suspect_packs
        cross join lateral unnest(suspect_packs.timestamps) as instants (instant)
    )
    select count(*)
    into readings_lost
    from public.heart_rate as readings
    inner join suspect_days
        on
            readings.participant_id = suspect_days.participant_id
            and (readings.timestamp at time zone 'UTC')::date = suspect_days.day
    where
        -- The chunks of other days stay unread.
        readings.timestamp >= first_day::timestamp at time zone 'UTC'
        and readings.timestamp < (last_day + 1)::timestamp at time zone 'UTC'
        and not exists (
            select 1
            from staged_readings
            where
                staged_readings.participant_id = readings.participant_id
                and staged_readings.instant = readings.timestamp
        );
    return readings_lost;
end;
$$;

-- What a full refresh would lose: how many readings the table holds, how many are staged, and how
-- many of the table's are not among the staged. Days whose instants agree need no closer look.
create or replace function staging.shrink(
    out held bigint, out staged bigint, out lost bigint
)
language plpgsql as $$
declare
    participant_ids text [];
    days date [];
begin
    select coalesce(sum(cardinality(timestamps)), 0) into staged from staging.heart_rate_packs;
    held := 0;
    lost := 0;
    if to_regclass('public.heart_rate') is null then
        return;
    end if;
    with table_days as (
        select
            participant_id,
            (timestamp at time zone 'UTC')::date as day,
            count(*) as readings,
            sum(staging.instant_hash(timestamp)) as instants
        from public.heart_rate
        group by 1, 2
    ),
    staged_days as (
        select
            participant_id,
            (timestamp at time zone 'UTC')::date as day,
            count(*) as readings,
            sum(staging.instant_hash(timestamp)) as instants
        from staging.heart_rate
        group by 1, 2
    )
    select
        coalesce(sum(table_days.readings), 0),
        array_agg(table_days.participant_id) filter (where suspect),
        array_agg(table_days.day) filter (where suspect)
    into held, participant_ids, days
    from table_days
    left join staged_days
        on
            table_days.participant_id = staged_days.participant_id
            and table_days.day = staged_days.day
    cross join lateral (
        select
            (table_days.readings, table_days.instants)
            is distinct from (staged_days.readings, staged_days.instants) as suspect
    ) as comparison;
    lost := staging.lost(participant_ids, days);
end;
$$;
