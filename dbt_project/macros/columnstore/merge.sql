{#-
    A merge writes into compressed chunks directly, or a chunk is decompressed before and compressed again at the
    end of the run. Directly, an insert looks at each compressed batch of its participant in the chunk; an update first
    decompresses the batches of the participants and days that it names.
-#}

{% macro decompress_for_merge(heart_rate, key, time_column) -%}
    {#- The first pre-hook: nothing of the merge's transaction is there yet, and each chunk has one of its own, for whose
        commit readers wait. If that fails, the merge is slower and equally right. -#}
    {%- if is_incremental() and is_merge_recorded() and not flags.EMPTY -%}
        {%- for chunk in compressed_chunks_in_reach(heart_rate)
            if run_query(is_worth_decompressing(chunk, heart_rate, key, time_column)).rows[0][0] -%}
            {%- set decompress = "perform decompress_chunk('" ~ chunk.name ~ "', if_compressed => true)" -%}
            {%- call statement('decompress_chunk', auto_begin=true) %}
                {{ unless_in_use(chunk.name, decompress, '500ms') }}
            {%- endcall -%}
            {%- do adapter.commit() -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{% macro compressed_chunks_in_reach(heart_rate) -%}
    {%- set query -%}
        select
            format('%I.%I', chunks.chunk_schema, chunks.chunk_name) as name,
            greatest(chunks.range_start, min(staged.day_start))::text as reach_start,
            least(chunks.range_end, max(staged.day_end))::text as reach_end,
            quote_literal(array_agg(distinct staged.participant_id)::text) as participants,
            {{ readings_worth_decompressing() }} as readings
        from timescaledb_information.chunks
        inner join {{ source('staging', 'touched_days') }} as staged
            on staged.day_start < chunks.range_end and staged.day_end > chunks.range_start
        left join chunk_compression_stats('{{ heart_rate }}') as sizes
            on chunks.chunk_schema = sizes.chunk_schema and chunks.chunk_name = sizes.chunk_name
        where
            chunks.hypertable_schema = '{{ heart_rate.schema }}'
            and chunks.hypertable_name = '{{ heart_rate.identifier }}'
            and chunks.is_compressed
        group by chunks.chunk_schema, chunks.chunk_name, chunks.range_start, chunks.range_end
        having sum(staged.readings) > {{ readings_worth_decompressing() }}
        order by chunks.range_start
    {%- endset -%}
    {{ return(run_query(query).rows if has_columnstore_settings(heart_rate) else []) }}
{%- endmacro %}


{% macro readings_worth_decompressing() -%}
    {#- A twentieth of the chunk's readings, which have 53 bytes each in rows: an insert costs 30 to 80 µs, decompressing and
        compressing 3 to 4 µs a reading of the chunk. -#}
    coalesce(max(sizes.before_compression_table_bytes) / 53 / 20, 0)
{%- endmacro %}


{% macro is_worth_decompressing(chunk, heart_rate, key, time_column) -%}
    {#- Whole participant-days are staged, although perhaps only one of their readings is new. -#}
    {%- set within -%}
        {{ time_column }} >= timestamptz '{{ chunk.reach_start }}'
        and {{ time_column }} < timestamptz '{{ chunk.reach_end }}'
    {%- endset -%}
    select count(*) > {{ chunk.readings }}
    from (select {{ key | join(', ') }} from {{ source('staging', 'heart_rate') }} where {{ within }}) as staged
    left join (
        select {{ key | join(', ') }}
        from {{ heart_rate }}
        where {{ within }} and participant_id = any({{ chunk.participants }}::text [])
    ) as held
        using ({{ key | join(', ') }})
    where held.{{ time_column }} is null
{%- endmacro %}


{% macro segments_in_reach(source, segment, time_column, window) -%}
    {#- Literals: only they keep an update or delete from decompressing the batches of others. -#}
    {%- set participants = run_query(
        "select quote_literal(array_agg(distinct " ~ segment ~ ")::text) from " ~ source ~ " where " ~ time_column
        ~ " >= '" ~ window[0] ~ "' and " ~ time_column ~ " < '" ~ window[1] ~ "'"
    ).rows[0][0] -%}
    target.{{ segment }} = any({{ participants }}::text [])
{%- endmacro %}
