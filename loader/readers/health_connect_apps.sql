-- sqlfluff:dialect:sqlite
-- For SQLite. Grain: one row per app of Health Connect: its number, and the names it may have.
select
    apps.row_id,
    case typeof(apps.app_name) when 'text' then substr(apps.app_name, 1, 80) end as app_name,
    case typeof(apps.package_name) when 'text' then substr(apps.package_name, 1, 80) end as package_name
from main.application_info_table as apps not indexed -- noqa: PRS
where typeof(apps.row_id) = 'integer'
order by apps.row_id
limit 10000
