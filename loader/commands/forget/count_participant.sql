-- How many rows of a participant a table holds.
select count(*)
from {table}
where participant_id = %(participant)s
