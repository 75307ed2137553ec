-- Leave out the rows of participants that another process loads. They aren't deleted, because their places (rowid)
-- have the order of precedence.
update readings
set timestamp = null
where source_id in (
    select sources.source_id
    from sources
    inner join other_participants on sources.participant_id = other_participants.participant_id
);

delete from clock_rows
where participant_id in (select participant_id from other_participants);
