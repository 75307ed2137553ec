"""Made-up files that only the tests need."""
