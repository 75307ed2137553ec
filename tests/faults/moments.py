"""The moments of a run at which it can be stopped, named by what the run tells its reporter."""

from enum import StrEnum


class Moment(StrEnum):
    """A step is named by how its text begins; ``progress`` by what goes on."""

    AFTER_LOCK = "looking for new readings"
    BEFORE_READING = "reading the files"
    WHILE_READING = "progress reading"
    BEFORE_TABLE = "having dbt make"
    BEFORE_KEY = "having dbt add"
    BEFORE_STAGING = "staging"
    MID_STAGE = "progress staging"
    BEFORE_GUARD = "making sure"
    BEFORE_DBT = "merging with dbt"
    BEFORE_COMMIT = "committing"
    BEFORE_STATE = "writing the state"
