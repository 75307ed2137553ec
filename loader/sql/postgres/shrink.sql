-- What a full refresh would lose (the function is in schema.sql; dbt asks the same one).
select
    held,
    staged,
    lost
from staging.shrink()
