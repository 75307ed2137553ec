{% macro newest_reading_of_each_participant() -%}
    {#- For the freshness of ingest.participants: the oldest of the participants' newest readings, because one participant
        without new readings is enough. As in `make status`, the sample and participants who have ended don't count; without any
        other participant, everything is fresh. The seed is that of the default target in every target, as the source is. -#}
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
