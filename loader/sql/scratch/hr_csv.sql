-- What a field of hr.csv means; null where it means nothing.

-- A field may stand in quotes, a whole pair of them.
create macro hr_csv_unquoted(field) as (
    case
        when regexp_full_match(trim(field), '"[^"]*"') then trim(field)[2:-2]
        else trim(field)
    end
);

-- Naive timestamps are UTC; an offset is honoured. The length alone proves no form:
-- '2024-01-01 00:00+02' has 19 characters too.
create macro hr_csv_any_instant(field) as (
    case
        when strlen(field) = 19 and field[17] = ':' then try_cast(field as timestamp)
        when regexp_full_match(
            hr_csv_unquoted(field), '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?'
        )
            then try_cast(hr_csv_unquoted(field) as timestamp)
        when regexp_full_match(
            hr_csv_unquoted(field),
            '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)'
        )
            then try_cast(hr_csv_unquoted(field) as timestamptz)::timestamp
    end
);

-- The years in which a float8 of seconds, Postgres' cheapest form of an instant, still holds every
-- microsecond (sql/postgres/table_days.sql): a reading of another year is a mistake anyway.
create macro hr_csv_instant(field) as (
    case
        when hr_csv_any_instant(field) >= timestamp '1900-01-01'
            and hr_csv_any_instant(field) < timestamp '2200-01-01'
            then hr_csv_any_instant(field)
    end
);

-- DuckDB takes an underscore between digits for SQL's; here it is no number.
create macro hr_csv_number(field) as (
    case
        when not contains(field, '_')
            then coalesce(try_cast(field as double), try_cast(hr_csv_unquoted(field) as double))
    end
);
