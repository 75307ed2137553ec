-- Grain: one row per participant and instant; every valid reading of the files, once.

{{
    config(
        materialized='incremental',
        incremental_strategy='timestamp_merge',
        unique_key=['participant_id', 'timestamp'],
        timestamp_column='timestamp',
        on_schema_change='fail',
        meta={'record_merge': true},
        pre_hook=[
            "{{ decompress_for_merge(this, ['participant_id', 'timestamp'], 'timestamp') }}",
            "{{ refuse_to_lose_history(this) }}",
            "{{ lock_bulk_load_table() }}",
            "{{ refuse_to_lose_later_readings(this) }}",
        ],
        post_hook=[
            "{{ swap_in_bulk_load_table(this) }}",
            "{{ make_hypertable(this, 'timestamp', var('chunk_interval')) }}",
            "{{ enable_columnstore(this, ['participant_id', 'timestamp'], 'timestamp') }}",
            "{{ add_primary_key(this, ['participant_id', 'timestamp']) }}",
            "{{ analyze_new(this) }}",
            "{{ record_full_build() }}",
            "{{ finish_swap(this) }}",
        ]
    )
}}

{%- do declare_ledger() %}

with staged as (
    select * from {{ ref('stg_heart_rate') }}
)

select
    participant_id,
    timestamp,
    value,
    confidence
from staged
