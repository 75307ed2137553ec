-- Number the participants in the order of their names: sorting numbers takes a third of the memory.

-- Grain: one row per participant of the rows read.
create or replace table people as
select
    (row_number() over (order by participant_id) - 1)::integer as person,
    participant_id
from (
    select distinct participant_id
    from sources
    where participant_id is not null
);

-- Lists and not joins, because a join changes the order of the rows.
create or replace macro name_of(this_person) as (
    (select list(participant_id order by person) from people)[this_person + 1]
);
create or replace macro person_of(this_source) as (
    (
        select list(people.person order by sources.source_id)
        from sources
        left join people on sources.participant_id = people.participant_id
    )[this_source + 1]
);
