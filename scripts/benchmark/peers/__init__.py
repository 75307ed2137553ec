"""Other loaders and dbt by hand, compared with a night."""
