-- Grain: one row: the first lines of a copy whose dates exist only with the month first, and only with the day
-- first; null if there is none. DuckDB stops reading at the first. Only lines with a number over 12 are checked
-- by the grammar, which takes longer.
with dates as (
    select
        row_number() over () as line_number,
        case $place when 1 then first_field else second_field end as field
    from csv_fields([$copy], $delimiter)
),

month_first as (
    select line_number
    from dates
    where
        case
            when regexp_matches(field, '^[ "]*\d\d?/(1[3-9]|[23]\d)/')
                then american_instant(unquoted(field)) is not null
        end
    limit 1 -- noqa: AM09
),

day_first as (
    select line_number
    from dates
    where
        case
            when regexp_matches(field, '^[ "]*(1[3-9]|[23]\d)/')
                then day_first_instant(unquoted(field)) is not null
        end
    limit 1 -- noqa: AM09
)

select
    (select line_number from month_first) as month_first,
    (select line_number from day_first) as day_first
