{% macro record_merge() %}
    insert into ingest.merges as merge (run_id, rows_new, rows_late, rows_corrected)
    select
        batch.run_id,
        (
            select count(*)
            from added
            left join ingest.participants as known using (participant_id)
            where known.latest_timestamp is null or added.timestamp > known.latest_timestamp
        ),
        (
            select count(*)
            from added
            inner join ingest.participants as known using (participant_id)
            where added.timestamp <= known.latest_timestamp
        ),
        (select count(*) from corrected)
    from staging.batch as batch
    on conflict (run_id) do update
    set
        rows_new = merge.rows_new + excluded.rows_new,
        rows_late = merge.rows_late + excluded.rows_late,
        rows_corrected = merge.rows_corrected + excluded.rows_corrected,
        merged_at = excluded.merged_at
{% endmacro %}


{% macro record_full_build() %}
    {#- An incremental run records its merge itself; a first build and a full refresh write all. -#}
    {%- if is_incremental() -%}
        select 1
    {%- else -%}
        insert into ingest.merges (run_id, rows_new, rows_late, rows_corrected)
        select run_id, readings, 0, 0
        from staging.batch
        on conflict (run_id) do update
        set rows_new = excluded.rows_new, merged_at = excluded.merged_at
    {%- endif -%}
{% endmacro %}
