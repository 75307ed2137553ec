"""The accepted names of time zones: those that Python and every database read alike.

Postgres looks up a name in its abbreviations first: there, ``CET`` is UTC+1 all year, but in Python
it has summer time. Old names without a region (``US/Eastern``, ``Japan``) are missing from many
installations (Debian 13 has them in a separate package). So the accepted names are ``UTC`` and
``Region/City``, and ``Etc/GMT+5`` as the only way to write an offset without summer time; its sign
is inverted in both (it is UTC-5).
"""

import difflib
import re
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError, available_timezones

REGIONS = "Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific"

ACCEPTED = re.compile(rf"UTC|(?:{REGIONS})(?:/[A-Z][A-Za-z0-9_+-]*){{1,2}}")

SUGGESTIONS = {
    name: zone
    for zone, names in {
        "Europe/Berlin": "CET CEST MET MEZ MESZ",
        "Europe/Helsinki": "EET EEST",
        "Europe/Lisbon": "WET WEST",
        "Europe/London": "BST GB GB-EIRE GMT",
        "Europe/Moscow": "MSK",
        "America/New_York": "EST EDT EST5EDT US/EASTERN",
        "America/Chicago": "CST CDT CST6CDT US/CENTRAL",
        "America/Denver": "MST MDT MST7MDT US/MOUNTAIN",
        "America/Los_Angeles": "PST PDT PST8PDT US/PACIFIC",
        "Pacific/Honolulu": "HST US/HAWAII",
        "Asia/Tokyo": "JST JAPAN",
        "Asia/Seoul": "ROK",
        "Asia/Shanghai": "PRC",
        "Asia/Kolkata": "IST",
        "Pacific/Auckland": "NZ",
        "America/Anchorage": "US/ALASKA",
        "America/Phoenix": "US/ARIZONA",
        "America/Toronto": "CANADA/EASTERN",
        "America/Vancouver": "CANADA/PACIFIC",
        "UTC": "ZULU UCT UNIVERSAL Z",
    }.items()
    for name in names.split()
}
"""The zone to suggest for a name that is not accepted (in capitals)."""


def zone_fault(name: str) -> str | None:
    """Why a name of a time zone is not accepted, with a suggestion; None if it is accepted."""
    if ACCEPTED.fullmatch(name) and _is_known(name):
        return None
    why = (
        "which databases read as another offset, or not at all"
        if _is_known(name)
        else "which doesn't exist"
    )
    near = _suggestion(name)
    suggestion = f" (did you mean {near}?)" if near else ""
    shown = name if name.isprintable() else ascii(name)
    return f"must be a time zone such as Europe/Berlin, not {shown}, {why}{suggestion}"


def _is_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _suggestion(name: str) -> str | None:
    # Compared without case, blanks and the prefix of `posix/Europe/Berlin`.
    wanted = re.sub(r"^(posix|right)/", "", name.strip().replace(" ", "_").casefold())
    if wanted.upper() in SUGGESTIONS:
        return SUGGESTIONS[wanted.upper()]
    if offset := re.fullmatch(r"(?:utc|gmt)([+-])0?(\d{1,2})(?::?00)?", wanted):
        # Etc/GMT-5 is what people call UTC+5.
        sign, hours = offset.groups()
        fixed = f"Etc/GMT{'-' if sign == '+' else '+'}{hours}"
        return f"{fixed}, which is UTC{sign}{hours}" if hours != "0" else "UTC"
    accepted = {zone.casefold(): zone for zone in available_timezones() if ACCEPTED.fullmatch(zone)}
    if wanted in accepted:
        return accepted[wanted]
    if (link := _link(name)) and ACCEPTED.fullmatch(link):
        return link
    cities = {zone.rsplit("/", 1)[-1]: zone for zone in sorted(accepted)}
    for close in difflib.get_close_matches(wanted, [*accepted, *cities], n=1, cutoff=0.8):
        return accepted[cities.get(close, close)]
    return None


def _link(name: str) -> str | None:
    """The present name of an old zone name, if this machine's time zone database has it."""
    for folder in TZPATH:
        try:
            with open(f"{folder}/tzdata.zi", encoding="utf-8") as stream:
                links = (line.split() for line in stream if line.startswith("L "))
                return next((words[1] for words in links if words[2] == name), None)
        except OSError:
            continue
    return None
