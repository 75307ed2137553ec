"""Synthetic heart-rate files: a signal model, the file layouts, and faults for tests."""
