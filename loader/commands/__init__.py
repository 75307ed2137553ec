"""One module or folder for each command of the command line."""
