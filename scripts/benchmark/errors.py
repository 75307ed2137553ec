"""Errors that stop a benchmark: a failed process, or a table that differs from the files."""


class BenchmarkError(Exception):
    """A process that was timed didn't do its work, so there is nothing to compare."""
