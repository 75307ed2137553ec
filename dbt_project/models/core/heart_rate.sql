-- Grain: one row per participant and instant; every valid reading of the files, once.

{{
    config(
        materialized='incremental',
        incremental_strategy='timestamp_merge',
        unique_key=['participant_id', 'timestamp'],
        timestamp_column='timestamp',
        on_schema_change='fail',
        meta={'record_merge': true, 'takes_over': 'staging.heart_rate_whole'},
        post_hook=[
            "{{ make_hypertable(this, 'timestamp', var('chunk_interval')) }}",
            "{{ fill_hypertable(this) }}",
            "{{ add_primary_key(this, ['participant_id', 'timestamp']) }}",
            "{{ analyze_new(this) }}",
            "{{ record_full_build() }}",
            "{{ finish_swap(this) }}",
        ]
    )
}}

{%- do refuse_to_lose_history() %}
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
