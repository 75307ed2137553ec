"""``make verify``: prove that the table holds what the files contain."""
