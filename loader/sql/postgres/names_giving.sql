-- Grain: one row per known file that gives readings of a participant.
select distinct path
from ingest.days
where participant_id = %(participant)s
