-- One row: the floor that a retention wants: the first day of the month in which the newest reading is older by the
-- retention than now, at most; null without readings or without a retention. A reading of a watch whose clock is in the
-- future doesn't count, and whole months are whole files of an archive, too.
select
    date_trunc(
        'month', (least(max(latest_timestamp), now()) - %(retention)s::interval) at time zone 'UTC'
    )::date as floor
from ingest.participants
