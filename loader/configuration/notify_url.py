"""``NOTIFY_URL``: the check of its form. Its path is a secret, so no message repeats the value."""

import re

EXAMPLE = "https://hc-ping.com/your-uuid"


def url_fault(url: str) -> str | None:
    """What is wrong with the address of a monitoring service; None if nothing is."""
    from urllib.parse import urlsplit  # imported only if there is an address

    form = f"must be an http or https address such as {EXAMPLE}"
    if not re.fullmatch(r"[!-~]+", url):
        return f"{form}, without spaces and with other characters percent-encoded"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return form
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return form
    if parts.username is not None:
        return f"{form}, without a user and a password"
    return None
