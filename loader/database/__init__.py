"""The connection to Postgres: sessions, locks, the loader's own schemas."""
