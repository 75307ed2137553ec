-- Grain: one row per relation of these schemas and names that doesn't exist.
select wanted.name
from unnest(%(schemas)s, %(names)s) as wanted (schema, name)
where to_regclass(format('%%I.%%I', wanted.schema, wanted.name)) is null
