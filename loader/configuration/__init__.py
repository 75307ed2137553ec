"""The settings: environment first, then ``.env``; checked as a whole."""
