"""Made-up heart-rate files: a signal model, the layouts it is written in, and faults for tests."""
