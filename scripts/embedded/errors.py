"""Errors: one line with what went wrong and what to do."""

FAILED = 1
UNAVAILABLE = 69  # sysexits.h, EX_UNAVAILABLE: this machine can't have it

OTHER_DATABASES = (
    "use another database: `docker compose up --build -d`, or set PGHOST "
    "(and PGPORT PGDATABASE PGUSER PGPASSWORD) to a TimescaleDB server"
)


class EmbeddedError(Exception):
    """An error for people: `what` happened, and a `hint` on what to do."""

    def __init__(self, what: str, hint: str, exit_code: int = FAILED) -> None:
        super().__init__(f"{what} — do: {hint}")
        self.what = what
        self.hint = hint
        self.exit_code = exit_code


def unavailable(why: str, remedy: str = "") -> EmbeddedError:
    """The embedded database isn't available on this machine; names the two alternatives."""
    hint = f"{remedy}, or {OTHER_DATABASES}" if remedy else OTHER_DATABASES
    return EmbeddedError(f"the embedded TimescaleDB isn't available here: {why}", hint, UNAVAILABLE)
