-- Of these settings, those that the server knows, and the path of names, as this session has them.
select
    setting,
    current_setting(setting) as value
from unnest(%s || array['search_path']) as wanted (setting)
where current_setting(setting, true) is not null
