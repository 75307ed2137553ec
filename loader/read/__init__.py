"""Copy files while computing their fingerprints, parse them into DuckDB, convert local times."""
