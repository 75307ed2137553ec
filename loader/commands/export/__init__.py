"""Write the data into a folder of files, for other tools and other people."""
