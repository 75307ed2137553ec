"""Synthetic heart-rate files: a signal model and the file layouts."""
