-- sqlfluff:dialect:sqlite
-- For SQLite. Grain: one row per sample of heart rate, in the order (instant, app, row).
-- A text or blob is never read, because it may be larger than the memory (a made table may have a column rowid).
-- The table is read without its indexes, whose content may differ from it.
select
    case typeof(samples.rowid) when 'integer' then samples.rowid end as sample,
    case typeof(samples.epoch_millis)
        when 'text' then 'a text'
        when 'blob' then 'a blob'
        else samples.epoch_millis
    end as millis,
    case typeof(samples.beats_per_minute)
        when 'text' then 'a text'
        when 'blob' then 'a blob'
        else samples.beats_per_minute
    end as beats_per_minute,
    records.row_id is not null as has_record, -- noqa: RF01
    case typeof(records.app_info_id) when 'integer' then records.app_info_id end as app -- noqa: RF01
from main.heart_rate_record_series_table as samples not indexed -- noqa: PRS
left join main.heart_rate_record_table as records
    on
        records.row_id
        = case typeof(samples.parent_key) when 'integer' then samples.parent_key end
order by
    millis,
    app,
    sample
