{% macro newest_reading_of_each_participant() -%}
    {#- For the freshness of ingest.participants. The oldest of the newest readings: one participant without new ones
        is enough. As in `make status`, neither the sample counts nor who has ended; with nobody else, all is fresh.
        The seed is the default target's in every target, because the source is. -#}
    {%- set seed = adapter.get_relation(this.database, 'marts', 'participants') if execute -%}
    select coalesce(min(latest_timestamp), now())
    from {{ this }}
    where
        participant_id <> 'sample'
        {%- if seed %}
        and participant_id not in (
            select seed.participant_id
            from {{ seed }} as seed
            where (to_jsonb(seed) ->> 'ended_on')::date < (now() at time zone 'UTC')::date
        )
        {%- endif %}
{%- endmacro %}
