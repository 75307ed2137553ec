"""`make benchmark`: the loader against psql by hand, and what one more day costs."""
