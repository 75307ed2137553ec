-- How many readings of these participant-days a full refresh would lose (staging.lost in schema.sql).
select staging.lost(%s::text [], %s::date [])
