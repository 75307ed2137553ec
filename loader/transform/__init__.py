"""Run dbt in this process."""
