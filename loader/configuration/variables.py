"""The names of the environment variables that this project reads, by owner."""

OWN_VARIABLES = {
    "DATA_DIR": "data_dir",
    "STATE_DIR": "state_dir",
    "LOG_DIR": "log_dir",
    "SCRATCH_DIR": "scratch_dir",
    "EXPORT_DIR": "export_dir",
    "ARCHIVE_DIR": "archive_dir",
    "STORE": "stored_in",
    "FITBIT_PARTICIPANT": "participant",
    "FITBIT_PARTICIPANT_FROM": "participant_from_folder",
    "FITBIT_TIMEZONE": "time_zone",
    "LOADER_MEMORY": "duckdb_memory",
    "LOADER_LOCK_WAIT": "lock_wait",
    "LOADER_SHARD": "shard",
    "NOTIFY_URL": "notify_url",
    "NOTIFY_COMMAND": "notify_command",
    "STALE_AFTER": "stale_after",
    "RETENTION": "retention",
}
"""The settings of the loader, each with its field of ``Settings``."""

OWN_PREFIXES = ("FITBIT_", "LOADER_", "EMBEDDED_DB_", "NOTIFY_", "STALE_", "RETENTION")
"""An unknown name in ``.env`` with one of these prefixes is a misspelt setting."""

ENV_FILE = "FITBIT_ENV_FILE"
"""The path of the settings file, if it is not ``.env`` in the project's folder."""

EXPORTED = "FITBIT_EXPORTED"
"""The variables that ``activate.sh`` exported into a shell: ``NAME:digest,…`` (``env_file.py``)."""

READER_PASSWORD = "FITBIT_READER_PASSWORD"
"""The password of ``fitbit_reader``, for ``scripts/roles.sql`` and ``make connect``."""

NOTIFY_COMMAND_VARIABLES = ("FITBIT_OUTCOME", "FITBIT_EXIT_CODE", "FITBIT_ERROR")
"""Variables that tell ``NOTIFY_COMMAND`` how a run ended; it may call ``make status``."""

RESERVED_VARIABLES = (
    "FITBIT_LOADER_PASSWORD",
    READER_PASSWORD,
    ENV_FILE,
    EXPORTED,
    *NOTIFY_COMMAND_VARIABLES,
)
"""Variables with our prefixes that are not settings; the first is for ``scripts/roles.sql``."""

EMBEDDED_VARIABLES = (
    "EMBEDDED_DB_DIR",
    "EMBEDDED_DB_CACHE",
    "EMBEDDED_DB_MIRROR",
    "EMBEDDED_DB_USER",
    "EMBEDDED_DB_DEBUG",
)
"""The settings of the embedded database."""

EMBEDDED_SERVER = "EMBEDDED_DB_EXPORTED"
"""``host:port``, which the embedded database sets together with ``PGHOST`` and ``PGPORT``."""

DBT_FOLDERS = {
    "DBT_PROJECT_DIR": "dbt_project_dir",
    "DBT_PROFILES_DIR": "dbt_profiles_dir",
}
"""Those of dbt's variables that the loader reads too, each with its field of ``Settings``."""

DBT_VARIABLES = (
    *DBT_FOLDERS,
    "DBT_TARGET_PATH",
    "DBT_LOG_PATH",
    "DBT_LOG_LEVEL",
    "DBT_LOG_FORMAT",
    "DBT_USE_COLORS",
    "DBT_PARTIAL_PARSE",
    "DBT_FAIL_FAST",
    "DBT_WARN_ERROR",
    "DBT_WARN_ERROR_OPTIONS",
    "DBT_QUIET",
    "DBT_DEBUG",
)
"""Those of dbt's documented variables that are useful here."""

SPARK_VARIABLES = (
    "SPARK_MASTER",
    "SPARK_DRIVER_MEMORY",
    "SPARK_SHUFFLE_PARTITIONS",
    "SPARK_HOST",
    "SPARK_PORT",
    "SPARK_USER",
    "SPARK_CONF_DIR",
    "JAVA_HOME",
)
"""The settings of ``make spark-build`` (docs/spark.md); the last two are of Spark itself."""

LIBPQ_VARIABLES = (
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGPASSWORD",
    "PGPASSWORD_FILE",
    "PGPASSFILE",
    "PGREQUIREAUTH",
    "PGCHANNELBINDING",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGOPTIONS",
    "PGAPPNAME",
    "PGSSLMODE",
    "PGREQUIRESSL",
    "PGSSLNEGOTIATION",
    "PGSSLCOMPRESSION",
    "PGSSLCERT",
    "PGSSLKEY",
    "PGSSLCERTMODE",
    "PGSSLROOTCERT",
    "PGSSLCRL",
    "PGSSLCRLDIR",
    "PGSSLSNI",
    "PGREQUIREPEER",
    "PGSSLMINPROTOCOLVERSION",
    "PGSSLMAXPROTOCOLVERSION",
    "PGGSSENCMODE",
    "PGKRBSRVNAME",
    "PGGSSLIB",
    "PGGSSDELEGATION",
    "PGCONNECT_TIMEOUT",
    "PGCLIENTENCODING",
    "PGTARGETSESSIONATTRS",
    "PGLOADBALANCEHOSTS",
    "PGMINPROTOCOLVERSION",
    "PGMAXPROTOCOLVERSION",
    "PGDATESTYLE",
    "PGTZ",
    "PGGEQO",
    "PGSYSCONFDIR",
    "PGLOCALEDIR",
)
"""libpq's documented variables, and ``PGPASSWORD_FILE``, the convention for container secrets."""

PATHS = frozenset(
    {
        "DATA_DIR",
        "STATE_DIR",
        "LOG_DIR",
        "SCRATCH_DIR",
        "EXPORT_DIR",
        "ARCHIVE_DIR",
        "EMBEDDED_DB_DIR",
        "EMBEDDED_DB_CACHE",
        "SPARK_CONF_DIR",
        "JAVA_HOME",
        "DBT_PROJECT_DIR",
        "DBT_PROFILES_DIR",
        "PGPASSWORD_FILE",
        "PGPASSFILE",
        "PGSERVICEFILE",
        "PGSSLCERT",
        "PGSSLKEY",
        "PGSSLROOTCERT",
        "PGSSLCRL",
        "PGSSLCRLDIR",
        "PGSYSCONFDIR",
    }
)
"""The variables whose value is a path."""

SECRETS = frozenset({"PGPASSWORD", "NOTIFY_URL", "NOTIFY_COMMAND"})
"""The variables whose value is never displayed."""

SETTINGS_FILE_VARIABLES = (
    *OWN_VARIABLES,
    *LIBPQ_VARIABLES,
    *EMBEDDED_VARIABLES,
    *SPARK_VARIABLES,
    *DBT_VARIABLES,
)
"""The variables that are read from ``.env``; its other lines are for docker compose."""
