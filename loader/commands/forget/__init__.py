"""``make forget``: erase a participant."""
