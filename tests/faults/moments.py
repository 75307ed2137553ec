"""The moments of a run at which it can be stopped, named by its steps and by its progress."""

from enum import StrEnum

from loader.console import Step


class Moment(StrEnum):
    """The name of the step that begins then, or ``progress`` and the name of what goes on."""

    AFTER_LOCK = Step.FIND
    BEFORE_READING = Step.READ
    WHILE_READING = "progress reading"
    BEFORE_TABLE = Step.TABLE
    BEFORE_KEY = Step.KEY
    BEFORE_STAGING = Step.STAGE
    MID_STAGE = "progress staging"
    BEFORE_GUARD = Step.GUARD
    BEFORE_DBT = Step.DBT
    BEFORE_COMMIT = Step.COMMIT
    BEFORE_STATE = Step.STATE
    NEVER = "never"
