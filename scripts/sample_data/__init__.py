"""Made-up heart-rate files: a signal model and the layouts it is written in."""
