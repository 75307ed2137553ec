"""The cron and the health check of the container fitbit-ingestion."""
