"""Record the run: the ledger in one transaction, then the state file."""
