-- Count what the merge of a partition changes, by participant.
insert into arrived
select
    merged.participant_id,
    count(*) filter (
        where
        merged.change = 'added'
        and (watermarks.latest_timestamp is null or merged.timestamp > watermarks.latest_timestamp)
    ) as rows_new,
    count(*) filter (where merged.change = 'added' and merged.timestamp <= watermarks.latest_timestamp) as rows_late,
    count(*) filter (where merged.change = 'corrected') as rows_corrected,
    count(*) filter (where merged.change = 'moved') as rows_moved
from merged
left join watermarks on merged.participant_id = watermarks.participant_id
where merged.change <> 'kept'
group by merged.participant_id
