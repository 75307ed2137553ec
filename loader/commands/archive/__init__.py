"""``make archive``: a copy of ``heart_rate`` in Parquet files, updated after every run."""
