"""The files that other tools read, by the name of the layout."""

from loader.commands.export.layouts.all_of_us import ALL_OF_US
from loader.commands.export.layouts.base import Layout
from loader.commands.export.layouts.fitabase import FITABASE
from loader.commands.export.layouts.open_mhealth import OPEN_MHEALTH
from loader.commands.export.layouts.rapids import RAPIDS

LAYOUTS: dict[str, Layout] = {
    "fitabase": FITABASE,
    "rapids": RAPIDS,
    "all-of-us": ALL_OF_US,
    "open-mhealth": OPEN_MHEALTH,
}
