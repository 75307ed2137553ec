-- Grain: one row per setting that the server knows, and for the search_path, with its value in this session.
select
    setting,
    current_setting(setting) as value
from unnest(%s || array['search_path']) as wanted (setting)
where current_setting(setting, true) is not null
