"""COPY the delta into Postgres."""
