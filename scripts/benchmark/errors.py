"""What stops a benchmark: a process that failed, or contents that are not those of the files."""


class BenchmarkError(Exception):
    """What was timed did not do its work; there is nothing to compare."""
