"""An embedded TimescaleDB, for machines without a database server.

`python -m scripts.embedded start` downloads Debian's PostgreSQL 17 and TimescaleDB once, unpacks
them into a private folder (nothing is installed, root isn't required), and starts the server on
loopback. With PGHOST set, none of this is used.

Read the modules in this order:

* `places`: the folders
* `debian`, `programs`: download the packages and make their programs run on this machine
* `cluster`, `settings`, `server`: the data directory and its server
* `databases`: databases, extensions and roles
* `connection`: the file through which everything else finds the server

Tests create private clusters with `cluster.Cluster` and `programs.find_or_fetch`.
"""
