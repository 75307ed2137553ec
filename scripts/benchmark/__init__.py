"""`make benchmark`: compares the loader with psql, and measures the cost of one more day."""
