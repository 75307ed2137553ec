-- A reading of public.heart_rate as a number. The formula is the macro reading_hash of
-- read/scratch_tables.sql; explained there. TimescaleDB's own function and not
-- date_part('epoch'), which parses its first argument again for each row: a third of all the time.
mod( -- noqa: PRS
    mod(_timescaledb_functions.to_unix_microseconds(timestamp), 2147483647) * 998244353
    + mod((value * 18014398509481984)::bigint, 2147483647) * 754974721
    + (coalesce(confidence, -1) + 2) * 167772161,
    2147483647
)
