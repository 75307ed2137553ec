-- Empty chunks in the transaction that fills them: what they get need not be logged (wal_level=minimal).
truncate {chunks}
