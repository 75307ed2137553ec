-- Set the session's settings (arrays of names and values), except those that this server does not know.
-- Names are looked for in `public` and where TimescaleDB's functions are, whatever the role's path.
select set_config(settings.setting, settings.value, false)
from unnest(%(names)s, %(values)s) as settings (setting, value)
where current_setting(settings.setting, true) is not null
union all
select
    set_config(
        'search_path',
        concat_ws(
            ', ',
            'public',
            (
                select nullif(quote_ident(schemas.nspname), 'public')
                from pg_extension as extensions
                inner join pg_namespace as schemas on extensions.extnamespace = schemas.oid
                where extensions.extname = 'timescaledb'
            )
        ),
        false
    )
