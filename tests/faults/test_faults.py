"""Every fault of the catalogue: nothing lost, doubled or wrong, and the next run puts all right."""

import os
from random import Random

import pytest

from tests.faults.catalogue import FAULTS, Fault
from tests.faults.conftest import Stages
from tests.faults.report import PAGE
from tests.faults.terminal import Record, record_trial
from tests.faults.trial import Loss, Situation, Trial

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "3"))

CASES = [(fault, situation) for fault in FAULTS for situation in fault.situations]


def identify(value: object) -> str:
    return value.name if isinstance(value, Fault) else str(value)


@pytest.fixture
def choose(stages: Stages, request: pytest.FixtureRequest) -> "Chooser":
    return Chooser(stages, request)


class Chooser:
    """The server for a fault: the one that may be killed is only started if one has to be."""

    def __init__(self, stages: Stages, request: pytest.FixtureRequest) -> None:
        self._stages = stages
        self._request = request

    def stages_for(self, fault: Fault) -> Stages:
        if not fault.breaks_server:
            return self._stages
        breakable: Stages = self._request.getfixturevalue("breakable_stages")
        return breakable


@pytest.mark.parametrize(
    ("fault", "situation"),
    [(fault, fault.situations[0]) for fault in FAULTS if not fault.only_long],
    ids=identify,
)
def test_fault(
    fault: Fault,
    situation: Situation,
    choose: Chooser,
    record_property: Record,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    try_fault(fault, situation, choose, record_property, monkeypatch, Random(f"{fault.name} 0"))


@pytest.mark.faults
@pytest.mark.parametrize("turn", range(1, ROUNDS + 1))
@pytest.mark.parametrize(("fault", "situation"), CASES, ids=identify)
def test_fault_again(
    fault: Fault,
    situation: Situation,
    turn: int,
    choose: Chooser,
    record_property: Record,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = Random(f"{fault.name} {turn}")
    try_fault(fault, situation, choose, record_property, monkeypatch, rng)


def try_fault(
    fault: Fault,
    situation: Situation,
    choose: Chooser,
    record: Record,
    monkeypatch: pytest.MonkeyPatch,
    rng: Random,
) -> None:
    stages = choose.stages_for(fault)
    pipeline = stages.make(situation)
    for name, value in pipeline.environment.items():
        monkeypatch.setenv(name, value)
    trial = Trial(pipeline, stages.cluster, situation, rng)
    loss = None
    if fault.breaks_server:
        trial.settle_clone()
    try:
        fault.inflict(trial)
        trial.recover(fault.recovery)
        loss = trial.assess()
        assert loss == Loss(lost=0, doubled=0, wrong=0)
        trial.expect_clean()
    finally:
        record_trial(record, fault, situation, loss)
        trial.close()
        stages.cluster.drop_database(pipeline.environment["PGDATABASE"])


def test_every_fault_is_in_the_documentation() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert [fault.name for fault in FAULTS if f"| {fault.name} |" not in page] == []
