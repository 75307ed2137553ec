"""Which names of time zones are accepted: those that Python and every database read alike.

Postgres looks for a name among its abbreviations first, so that ``CET`` is an hour ahead of UTC all
year round there, and has summer time in Python. Names from before the regions (``US/Eastern``,
``Japan``) are missing from many installations (Debian 13 keeps them in a package of their own).
What stays are ``UTC`` and the names of the form ``Region/City``, and ``Etc/GMT+5`` as the only way
to write an offset without summer time; its sign is inverted in both (it is 5 hours *behind* UTC).
"""

import difflib
import re
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError, available_timezones

REGIONS = "Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific"

ACCEPTED = re.compile(rf"UTC|(?:{REGIONS})(?:/[A-Z][A-Za-z0-9_+-]*){{1,2}}")

MEANT = {
    "CET": "Europe/Berlin",
    "CEST": "Europe/Berlin",
    "MET": "Europe/Berlin",
    "MEZ": "Europe/Berlin",
    "MESZ": "Europe/Berlin",
    "EET": "Europe/Helsinki",
    "EEST": "Europe/Helsinki",
    "WET": "Europe/Lisbon",
    "WEST": "Europe/Lisbon",
    "BST": "Europe/London",
    "GB": "Europe/London",
    "GB-EIRE": "Europe/London",
    "GMT": "Europe/London",
    "MSK": "Europe/Moscow",
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "EST5EDT": "America/New_York",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "CST6CDT": "America/Chicago",
    "MST": "America/Denver",
    "MDT": "America/Denver",
    "MST7MDT": "America/Denver",
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "PST8PDT": "America/Los_Angeles",
    "HST": "Pacific/Honolulu",
    "JST": "Asia/Tokyo",
    "JAPAN": "Asia/Tokyo",
    "ROK": "Asia/Seoul",
    "PRC": "Asia/Shanghai",
    "IST": "Asia/Kolkata",
    "NZ": "Pacific/Auckland",
    "US/EASTERN": "America/New_York",
    "US/CENTRAL": "America/Chicago",
    "US/MOUNTAIN": "America/Denver",
    "US/PACIFIC": "America/Los_Angeles",
    "US/ALASKA": "America/Anchorage",
    "US/HAWAII": "Pacific/Honolulu",
    "US/ARIZONA": "America/Phoenix",
    "CANADA/EASTERN": "America/Toronto",
    "CANADA/PACIFIC": "America/Vancouver",
    "ZULU": "UTC",
    "UCT": "UTC",
    "UNIVERSAL": "UTC",
    "Z": "UTC",
}
"""For names that are not accepted, by their capitals: what is most probably meant."""


def zone_fault(name: str) -> str | None:
    """What is wrong with the name of a time zone, and which one may be meant; None: nothing."""
    if ACCEPTED.fullmatch(name) and _is_known(name):
        return None
    why = (
        "which databases read as another offset, or not at all"
        if _is_known(name)
        else "which is not a name of one"
    )
    near = _suggestion(name)
    meant = f" (is {near} meant?)" if near else ""
    shown = name if name.isprintable() else ascii(name)
    return f"must be a time zone as Europe/Berlin is, not {shown}, {why}{meant}"


def _is_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _suggestion(name: str) -> str | None:
    # Compared without case, blanks and what `posix/Europe/Berlin` has in front.
    wanted = re.sub(r"^(posix|right)/", "", name.strip().replace(" ", "_").casefold())
    if wanted.upper() in MEANT:
        return MEANT[wanted.upper()]
    if offset := re.fullmatch(r"(?:utc|gmt)([+-])0?(\d{1,2})(?::?00)?", wanted):
        # UTC+5 is five hours ahead of UTC for people, and Etc/GMT-5 in the database of zones.
        sign, hours = offset.groups()
        fixed = f"Etc/GMT{'-' if sign == '+' else '+'}{hours}"
        return f"{fixed}, which is UTC{sign}{hours}," if hours != "0" else "UTC"
    accepted = {zone.casefold(): zone for zone in _accepted()}
    if wanted in accepted:
        return accepted[wanted]
    if (link := _link(name)) and ACCEPTED.fullmatch(link):
        return link
    cities = {zone.rsplit("/", 1)[-1]: zone for zone in sorted(accepted)}
    for close in difflib.get_close_matches(wanted, [*accepted, *cities], n=1, cutoff=0.8):
        return accepted[cities.get(close, close)]
    return None


def _accepted() -> list[str]:
    return [name for name in available_timezones() if ACCEPTED.fullmatch(name)]


def _link(name: str) -> str | None:
    """What an older name is another name of, where this machine's database of zones says so."""
    for folder in TZPATH:
        try:
            with open(f"{folder}/tzdata.zi", encoding="utf-8") as stream:
                links = (line.split() for line in stream if line.startswith("L "))
                return next((words[1] for words in links if words[2] == name), None)
        except OSError:
            continue
    return None
