"""The server's settings."""

from collections.abc import Mapping

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # No socket file: its lock file would be one more stale pid after a crash, its path may be too
    # long, and everybody comes by PGHOST.
    "unix_socket_directories": "",
    "shared_preload_libraries": "timescaledb,pg_stat_statements",
    "timescaledb.telemetry_level": "off",
    # PostgreSQL's JIT needs LLVM, which is left out (30 MB).
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A table that is made and filled in one transaction is not written to the log as well: 7 to
    # 9 s of a 40 s year. It rules out replication, which nobody does from here.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    # No background jobs: under Debian's licence (apache) there are no policies, and the one job
    # there is fails every time. It also lets a database be copied while the server runs.
    "timescaledb.max_background_workers": "0",
    # The statement of a client that was killed ends within a second, and its locks with it.
    "client_connection_check_interval": "1s",
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgresql-%Y%m%d-%H%M%S.log",
    "log_rotation_size": "10MB",
    "log_rotation_age": "0",
    "log_checkpoints": "off",
}


def settings_file(port: int, changes: Mapping[str, str]) -> str:
    """The text of the file that postgresql.conf includes; `changes` override and add."""
    settings = {**SETTINGS, "port": str(port), **changes}
    lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    return "\n".join(["# Written at every start by scripts/embedded/settings.py.", *lines, ""])


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
