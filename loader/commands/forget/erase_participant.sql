-- Erase the rows of a participant from a table.
delete from {table}
where participant_id = %(participant)s
