"""Merge the delta of a run with the files of an archive, in DuckDB."""
