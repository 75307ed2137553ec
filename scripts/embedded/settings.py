"""The server's settings."""

from collections.abc import Mapping

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # No Unix socket: its lock file would be another stale pid after a crash, its path may be too
    # long, and all clients use PGHOST.
    "unix_socket_directories": "",
    "shared_preload_libraries": "timescaledb,pg_stat_statements",
    "timescaledb.telemetry_level": "off",
    # PostgreSQL's JIT needs LLVM (30 MB), which isn't downloaded.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A table that is created and filled in one transaction isn't logged: this saves 7 to 9 s of the
    # 40 s for a year. It rules out replication, which the embedded server doesn't need.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    # No background jobs: under Debian's licence (apache) there are no policies, and the only job
    # always fails. Without them, a database can also be copied while the server is running.
    "timescaledb.max_background_workers": "0",
    # The statement of a killed client ends within a second and releases its locks.
    "client_connection_check_interval": "1s",
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgresql-%Y%m%d-%H%M%S.log",
    "log_rotation_size": "10MB",
    "log_rotation_age": "0",
    "log_checkpoints": "off",
}


def settings_file(port: int, changes: Mapping[str, str]) -> str:
    """The text of the file that postgresql.conf includes; `changes` override and extend it."""
    settings = {**SETTINGS, "port": str(port), **changes}
    lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    return "\n".join(["# Written at every start by scripts/embedded/settings.py.", *lines, ""])


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
