"""What is loaded: files, days, runs, rejected rows, and what the table holds."""
