"""Load Fitbit heart-rate files into TimescaleDB: find the delta, stage it, run dbt, commit."""

__version__ = "0.1.0"
