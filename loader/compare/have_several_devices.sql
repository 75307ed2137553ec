-- Whether a participant has rows of several devices, or with and without one, in files of one format.
select exists (
    select 1
    from sources
    inner join files on sources.file_id = files.file_id
    group by sources.participant_id, files.rank
    having min(sources.device) <> max(sources.device)
)
