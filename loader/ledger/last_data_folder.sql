-- Grain: one row, or none. The data folder of the newest run that committed or staged something; none
-- where no run has kept its folder, and where all readings are the sample's.
select
    data_dir,
    data_dir_identity
from ingest.runs
where
    (outcome in ('ok', 'nothing new', 'staged') or heart_rate_oid is not null)
    and data_dir is not null
    and exists (
        select 1
        from ingest.participants
        where participant_id <> 'sample'
    )
order by run_id desc
limit 1
