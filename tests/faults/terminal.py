"""Every session of faults ends with its table, whichever processes its tests ran in."""

from collections.abc import Callable

import pytest

from tests.faults.catalogue import FAULTS, Fault
from tests.faults.report import Report, write_page
from tests.faults.trial import Loss, Situation

PROPERTY = "fault"
"""A property of a test, which pytest-xdist brings from the process that ran it."""

Record = Callable[[str, object], None]
"""pytest's fixture ``record_property``."""


def record_trial(record: Record, fault: Fault, situation: Situation, loss: Loss | None) -> None:
    """Tell the table what a trial came to; no loss where it failed before that was known."""
    record(PROPERTY, [fault.name, situation.value, None if loss is None else vars(loss)])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    report = _report(terminalreporter)
    if not report.lines:
        return
    terminalreporter.section("faults")
    terminalreporter.write_line(report.render())
    if list(report.lines) == _whole():
        write_page(report)


def _whole() -> list[tuple[str, str]]:
    return [(fault.name, situation) for fault in FAULTS for situation in fault.situations]


def _report(terminalreporter: pytest.TerminalReporter) -> Report:
    """The trials of this session, in the order of the catalogue."""
    trials = [
        value
        for outcome in ("passed", "failed")
        for test in terminalreporter.getreports(outcome)
        for name, value in test.user_properties
        if name == PROPERTY
    ]
    order = _whole()
    report = Report()
    for name, situation, loss in sorted(trials, key=lambda trial: order.index(tuple(trial[:2]))):
        report.add(name, situation, loss and Loss(**loss))
    return report
