"""Copy a file while it is fingerprinted, parse it into DuckDB, turn local times into instants."""
