"""TimescaleDB that the project brings along, for machines without a database of their own.

`python -m scripts.embedded start` is all it takes: Debian's PostgreSQL 17 and TimescaleDB are
fetched once, unpacked into a folder of their own (nothing is installed, no root is needed) and
started on loopback. With PGHOST set, none of this is used.

Read the modules in this order:

* `places`: where things lie
* `debian`, `programs`: fetch the packages, turn them into programs that run here
* `cluster`, `settings`, `server`: the data directory, and the server on it
* `databases`: what is inside (databases, extensions, roles)
* `connection`: how everything else finds it

Tests build private ones with `cluster.Cluster` and `programs.find_or_fetch`.
"""
