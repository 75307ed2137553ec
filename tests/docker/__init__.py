"""The containers, really built and run (make test-docker), and what is in docker/ by itself."""
