"""A study whose marts Postgres and Spark build, for all tests of this folder."""

import os
from datetime import date

import pytest

from scripts.spark.build import VENV
from scripts.spark.java import NoJavaError, require_java
from tests.marts.ledger import record_devices, record_limits
from tests.marts.study import Reading, Study
from tests.pipeline import Pipeline
from tests.spark.engines import Engines, project_of
from tests.spark.wearers import PEOPLE, readings


@pytest.fixture(scope="session", autouse=True)
def _spark_can_start() -> None:
    """Skip all tests, and say why, where Java or Spark's Python environment is missing."""
    try:
        require_java(os.environ)
    except NoJavaError as error:
        pytest.skip(str(error))
    if not (VENV / "bin" / "dbt").exists():
        pytest.skip(f"{VENV.name}, Spark's Python environment, is missing: make spark-env")


@pytest.fixture(scope="module")
def built(module_pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Engines:
    """All but the readings of later nights, built on both engines from the beginning."""
    folder = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        module_pipeline.use(patch)
        study = Study(module_pipeline, PEOPLE)
        made = Engines(study, module_pipeline, folder, project_of(PEOPLE, folder))
        record_limits(module_pipeline)
        record_devices(module_pipeline, readings())
        study.run([one for one in readings() if not arrives_later(one)])
        made.build()
    return made


@pytest.fixture
def engines(built: Engines, monkeypatch: pytest.MonkeyPatch) -> Engines:
    """The study on both engines, as the test before has left it."""
    built.pipeline.use(monkeypatch)
    return built


def arrives_later(reading: Reading) -> bool:
    """A late day of one wearer, on which a clock changes, and the newest day of another."""
    day = (reading.participant, reading.instant.date())
    return day in {("berlin", date(2024, 10, 27)), ("workouts", date(2024, 3, 15))}
