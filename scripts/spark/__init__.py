"""Build the marts with Spark from the Parquet archive (docs/spark.md)."""
