"""Find the files and decide for each: nothing, its appended rows, or all of it."""
