"""What runs in the container fitbit-ingestion besides the loader: its cron and its healthcheck."""
