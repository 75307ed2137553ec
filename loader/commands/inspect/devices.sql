-- Grain: one row per device or app that the rows read name, and one with an empty name for those that name none.
select
    sources.device,
    count(*) as readings
from readings
inner join sources on readings.source_id = sources.source_id
where readings.timestamp is not null
group by sources.device
order by readings desc, sources.device asc
