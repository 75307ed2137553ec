-- Whether the rows of one file and participant are interrupted by another participant's.
select
    count(*) filter (where source_id is distinct from previous_source_id)
    > count(distinct source_id)
from (
    select
        source_id,
        lag(source_id) over () as previous_source_id
    from readings
    where timestamp is not null
)
