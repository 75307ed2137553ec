-- sqlfluff:dialect:sqlite
-- For SQLite. Grain: one row per table. Views and virtual tables have no root page.
select lower(name) as name
from main.sqlite_master
where type = 'table' and rootpage > 0
