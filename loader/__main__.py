"""``python -m loader`` is the same command as ``loader``."""

from loader.cli import main

if __name__ == "__main__":
    main()
