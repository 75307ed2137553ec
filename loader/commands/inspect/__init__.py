"""``make inspect``: describe files without loading them."""
