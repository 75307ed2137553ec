{#-
    What a run on Spark reads and what it has built (docs/decisions/0038).

    staging.archived_days has, for each participant-day of the archive, a digest of everything that its marts depend on.
    staging.built_days has the digests that the marts were built from. Days whose digests differ are touched. A day without a digest
    in built_days belongs to a run that has not ended; without the table the marts are built from the beginning.
-#}

{% macro begin_spark_run() -%}
    {#- dbt draws its graph while it parses, so these are named outside the condition. -#}
    {%- set heart_rate, participants = ref('heart_rate'), ref('heart_rate_participant') -%}
    {%- if execute and target.type == 'spark' and flags.WHICH in ('run', 'build') -%}
        {%- do refuse_another_session_zone() -%}
        {%- do create_archive_views(heart_rate) -%}
        {%- do create_archived_days() -%}
        {%- if flags.FULL_REFRESH or not is_built_on_spark() or has_other_definitions_on_spark(participants) -%}
            {%- do drop_built_days() -%}
            {%- do drop_marts() -%}
            {%- do create_touched_days('select participant_id, day_start, day_end from staging.archived_days') -%}
        {%- else -%}
            {%- do create_touched_days(days_of_other_digests()) -%}
            {%- do replace_built_days(days_in_progress()) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro end_spark_run(results) -%}
    {#- dbt draws its graph while it parses, so what is referred to is named outside the condition. -#}
    {%- set participants = ref('heart_rate_participant') -%}
    {%- set differing = marts_of_other_settings(participants) -%}
    {%- if execute and target.type == 'spark' and flags.WHICH in ('run', 'build') -%}
        {%- set succeeded = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list -%}
        {#- Not after a selection of some marts: the others still have the days of before. -#}
        {%- if incremental_marts() | map(attribute='unique_id') | reject('in', succeeded) | list | length == 0 -%}
            {%- do replace_built_days('select participant_id, day_start, day_end, digest from staging.archived_days') -%}
        {%- endif -%}
        {%- do warn_of_other_settings(participants, differing) -%}
    {%- endif -%}
{%- endmacro %}


{% macro warn_of_other_settings(participants, differing) -%}
    {#- As the data test marts_have_the_present_settings does on Postgres. -#}
    {%- if load_relation(participants) -%}
        {%- set found = run_query(differing).rows | length -%}
        {%- if found -%}
            {%- do exceptions.warn(
                'the marts of ' ~ counted(found, 'participant') ~ ' were built with other seeds or vars than the present'
                ~ ' ones; do: make spark-build FULL=1'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro incremental_marts() -%}
    {{ return(
        graph.nodes.values()
        | selectattr('resource_type', 'equalto', 'model')
        | selectattr('config.materialized', 'equalto', 'incremental')
        | selectattr('config.incremental_strategy', 'equalto', 'replace_touched')
        | list
    ) }}
{%- endmacro %}


{% macro create_archive_views(heart_rate) -%}
    {%- set archive = env_var('ARCHIVE_DIR') -%}
    {%- set ledger = env_var('SPARK_LEDGER_DIR') -%}
    {%- for schema in (heart_rate.schema, 'staging', 'ingest') -%}
        {%- do run_query('create schema if not exists ' ~ schema) -%}
    {%- endfor -%}
    {%- do run_query(
        'create or replace view ' ~ heart_rate
        ~ ' as select participant_id, timestamp, value, confidence, day as part, bucket'
        ~ ' from parquet.`' ~ archive ~ '/heart_rate`'
    ) -%}
    {%- do run_query(
        'create or replace view staging.archive as select * from parquet.`' ~ archive ~ '/days.parquet`'
    ) -%}
    {%- for name in ('arrivals', 'devices', 'zone_limits') -%}
        {%- do run_query(
            'create or replace view ' ~ source('ingest', name)
            ~ ' as select * from parquet.`' ~ ledger ~ '/' ~ name ~ '.parquet`'
        ) -%}
    {%- endfor -%}
{%- endmacro %}


{% macro create_archived_days() -%}
    {#- The arrivals count for the newest day: what arrives changes that day anyway, or is late. -#}
    {%- do run_query('drop table if exists ' ~ source('staging', 'archived_days')) -%}
    {%- set query -%}
        create table {{ source('staging', 'archived_days') }} using parquet as
        with facts as (
            select participant_id, day, concat_ws(' ', 'readings', readings, checksum) as fact
            from staging.archive
            union all
            select participant_id, day, concat_ws(' ', 'device', device, first_timestamp, last_timestamp)
            from {{ source('ingest', 'devices') }}
            union all
            select
                participant_id,
                day,
                concat_ws(' ', 'limits', rank, path, moderate_from_bpm, vigorous_from_bpm, peak_from_bpm)
            from {{ source('ingest', 'zone_limits') }}
            union all
            select newest.participant_id, newest.day, concat_ws(' ', 'arrivals', arrived.latest, arrived.late)
            from (
                select participant_id, max(day) as day
                from staging.archive
                group by participant_id
            ) as newest
            inner join (
                select participant_id, max(arrived_at) as latest, sum(rows_late) as late
                from {{ source('ingest', 'arrivals') }}
                group by participant_id
            ) as arrived
                on newest.participant_id = arrived.participant_id
        )

        select
            participant_id,
            day::timestamp as day_start,
            day::timestamp + interval '24 hours' as day_end,
            md5(array_join(sort_array(collect_list(fact)), ';')) as digest
        from facts
        group by participant_id, day
    {%- endset -%}
    {%- do run_query(query) -%}
{%- endmacro %}


{% macro create_touched_days(query) -%}
    {%- do run_query('drop table if exists ' ~ source('staging', 'touched_days')) -%}
    {%- do run_query('create table ' ~ source('staging', 'touched_days') ~ ' using parquet as ' ~ query) -%}
{%- endmacro %}


{% macro days_of_other_digests() -%}
    select
        coalesce(archived.participant_id, built.participant_id) as participant_id,
        coalesce(archived.day_start, built.day_start) as day_start,
        coalesce(archived.day_end, built.day_end) as day_end
    from {{ source('staging', 'archived_days') }} as archived
    full join {{ source('staging', 'built_days') }} as built
        on archived.participant_id = built.participant_id and archived.day_start = built.day_start
    where archived.digest is distinct from built.digest or built.digest is null
{%- endmacro %}


{% macro days_in_progress() -%}
    select participant_id, day_start, day_end, cast(null as string) as digest
    from {{ source('staging', 'touched_days') }}
    union all
    select archived.participant_id, archived.day_start, archived.day_end, archived.digest
    from {{ source('staging', 'archived_days') }} as archived
    left anti join {{ source('staging', 'touched_days') }} as touched
        on archived.participant_id = touched.participant_id and archived.day_start = touched.day_start
{%- endmacro %}


{% macro replace_built_days(query) -%}
    {#- If a run dies between the last two statements, the next one builds the marts from the beginning. -#}
    {%- do run_query('drop table if exists staging.built_days_new') -%}
    {%- do run_query('create table staging.built_days_new using parquet as ' ~ query) -%}
    {%- do drop_built_days() -%}
    {%- do run_query('alter table staging.built_days_new rename to ' ~ source('staging', 'built_days')) -%}
{%- endmacro %}


{% macro drop_built_days() -%}
    {%- do run_query('drop table if exists ' ~ source('staging', 'built_days')) -%}
{%- endmacro %}


{% macro drop_marts() -%}
    {%- for node in incremental_marts() -%}
        {%- for suffix in ('', '__new', '__touched') -%}
            {%- set relation = adapter.get_relation(none, node.schema, node.alias ~ suffix) -%}
            {%- if relation -%}{%- do adapter.drop_relation(relation) -%}{%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}


{% macro is_built_on_spark() -%}
    {%- set found = run_query("show tables in staging like 'built_days'") -%}
    {{ return(found.rows | length > 0) }}
{%- endmacro %}


{% macro has_other_definitions_on_spark(participants) -%}
    {%- if not load_relation(participants) -%}{{ return(true) }}{%- endif -%}
    {%- set others = run_query(
        'select 1 from ' ~ participants ~ ' where definitions is distinct from ' ~ var('marts_definitions') ~ ' limit 1'
    ) -%}
    {{ return(others.rows | length > 0) }}
{%- endmacro %}


{% macro refuse_another_session_zone() -%}
    {%- set zone = run_query('select current_timezone()').rows[0][0] -%}
    {%- if zone != 'UTC' -%}
        {%- do exceptions.raise_compiler_error(
            "Spark's session has the time zone " ~ zone ~ ': set spark.sql.session.timeZone to UTC'
        ) -%}
    {%- endif -%}
{%- endmacro %}


{% macro refuse_unknown_time_zones(participants) -%}
    {#- Java's list of zones is older or newer than that of Postgres. -#}
    {%- set query -%}
        select distinct coalesce(time_zone, '{{ env_var("FITBIT_TIMEZONE", "") or var("default_time_zone") }}') as time_zone
        from {{ participants }}
        union
        select '{{ env_var("FITBIT_TIMEZONE", "") or var("default_time_zone") }}'
    {%- endset -%}
    {%- set unknown = run_query(
        "select time_zone from (" ~ query ~ ") where try_reflect('java.time.ZoneId', 'of', time_zone) is null"
        ~ " order by time_zone"
    ).columns[0].values() if execute else () -%}
    {%- if unknown -%}
        {%- do exceptions.raise_compiler_error(
            "Java doesn't know the time zone " ~ unknown | join(', ') ~ ": install a Java with newer zones, or write the zone's "
            ~ 'older name in seeds/participants.csv'
        ) -%}
    {%- endif -%}
{%- endmacro %}
