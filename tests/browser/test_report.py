"""The report as a person opens it: every figure is there, in light, dark and on paper."""

import base64
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from loader.errors import ExitCode
from scripts.embedded.cluster import Cluster
from scripts.report.__main__ import main
from scripts.report.overview import read_overview
from scripts.report.study import read_study
from tests.browser.pages import PHONE_WIDTH, readings_of, seen_as, write
from tests.loaded_once import LoadedOnce, loaded_once
from tests.pipeline import Pipeline

PAPER_WIDTH, PAPER_HEIGHT = 703, 1032
"""What the page's margins leave of A4, in CSS pixels."""

SMALLEST_TEXT = 8.0
"""In CSS pixels, from the top of the tallest letter to the lowest."""

FIGURES = ("resting", "nights", "day", "week", "zones", "calendar")


def test_every_figure_is_drawn_and_says_what_it_shows(
    report: Path, browser: webdriver.Chrome
) -> None:
    browser.get_log("browser")  # type: ignore[no-untyped-call]  # of pages before
    browser.get(report.as_uri())

    for name in FIGURES:
        figure = browser.find_element(By.ID, name)
        svg = figure.find_element(By.TAG_NAME, "svg")
        assert svg.size["width"] > 600, name
        assert svg.size["height"] > 100, name
        assert len(svg.find_elements(By.TAG_NAME, "path")) > 10, name
        assert figure.find_element(By.TAG_NAME, "figcaption").text
        assert figure.get_attribute("aria-label")
    assert "moderate" in browser.find_element(By.ID, "zones").text
    assert "estimate by reserve" in browser.find_element(By.ID, "zones").text
    assert "peak from" in browser.find_element(By.ID, "day").text
    assert "9 days with readings" in browser.find_element(By.ID, "calendar").text
    assert "24.0 h" in browser.find_element(By.ID, "gaps").text
    runs = browser.find_element(By.ID, "runs").text
    assert "ok" in runs
    assert "12,960" in runs
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_it_turns_dark_and_prints_light(report: Path, browser: webdriver.Chrome) -> None:
    browser.get(report.as_uri())
    seen = {}
    for medium, scheme in (("screen", "light"), ("screen", "dark"), ("print", "dark")):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"media": medium, "features": features}
        )
        seen[medium, scheme] = browser.execute_script(
            "const style = getComputedStyle(document.body);"
            "const text = [...document.querySelectorAll('svg text')]"
            ".map(one => getComputedStyle(one).fill);"
            "return [style.backgroundColor, style.color, [...new Set(text)].sort()]"
        )
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    paper, ink, texts = seen["screen", "light"]
    night, glow, dark_texts = seen["screen", "dark"]
    assert (paper, night) == ("rgb(255, 255, 255)", "rgb(22, 25, 29)")
    assert ink in texts
    assert glow in dark_texts
    assert not set(texts) & set(dark_texts)  # no text keeps its ink when the paper turns dark
    assert seen["print", "dark"] == seen["screen", "light"]


def pages_printed(browser: webdriver.Chrome) -> int:
    """How many sheets of A4 the opened page takes."""
    paper = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": False}
    printed = browser.execute_cdp_cmd("Page.printToPDF", {**paper, "printBackground": True})
    return len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"])))


def test_on_paper_nothing_is_cut_off(report: Path, browser: webdriver.Chrome) -> None:
    browser.get(report.as_uri())
    with seen_as(browser, "print", PAPER_WIDTH):
        sections = browser.execute_script(
            "return [...document.querySelectorAll('section')].map(one => [one.className,"
            " getComputedStyle(one).breakInside, one.getBoundingClientRect().height])"
        )
        too_wide = browser.execute_script(
            "return [...document.querySelectorAll('section *')]"
            f".filter(one => one.getBoundingClientRect().right > {PAPER_WIDTH + 1})"
            ".map(one => one.outerHTML.slice(0, 80))"
        )
        length = browser.execute_script("return document.documentElement.scrollHeight")
    assert len(sections) == len(FIGURES) + 8  # headlines, history, five tables and the storage
    for name, breaks, height in sections:
        assert (name, breaks) == ("", "avoid")  # no figure is on two sheets, its heading with it
        assert height < PAPER_HEIGHT
    assert too_wide == []
    assert length / PAPER_HEIGHT < pages_printed(browser) <= length // PAPER_HEIGHT + 2


SMALLEST = """
    return Math.min(...[...document.querySelectorAll('svg text')]
        .filter(one => one.textContent.trim() && one.checkVisibility()).map(one => {
            const to = one.getScreenCTM();  // a label on its side has no `d`
            return one.getBBox().height * Math.hypot(to.c, to.d);
        }))
"""


TOO_WIDE = """
    return [...document.querySelectorAll('figure *, dl *, p')]
        .filter(one => one.checkVisibility())
        .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth)
        .map(one => one.outerHTML.slice(0, 80))
"""


def test_on_a_phone_the_figures_fit_and_can_be_read(
    report: Path, browser: webdriver.Chrome
) -> None:
    with seen_as(browser, "screen", PHONE_WIDTH):
        browser.get(report.as_uri())
        width = browser.execute_script("return document.documentElement.scrollWidth")
        smallest = browser.execute_script(SMALLEST)
        assert browser.execute_script(TOO_WIDE) == []
    assert width <= PHONE_WIDTH  # only a table scrolls sideways, never the page
    assert smallest >= SMALLEST_TEXT


def test_on_a_phone_the_patterns_of_zones_are_drawn(
    report: Path, browser: webdriver.Chrome
) -> None:
    """A pattern whose id also occurs in a figure that isn't shown would be drawn as nothing."""
    browser.get(report.as_uri())
    ids = browser.execute_script(
        "const of = name => [...document.querySelectorAll(`.${name} pattern`)].map(one => one.id);"
        "return [of('broad'), of('narrow')]"
    )
    assert all(ids)
    assert not set(ids[0]) & set(ids[1])


OTHERS = """
insert into marts.heart_rate_coverage
select 'P' || number, first_reading, last_reading, 0, 0, longest_gap, latest_arrival, late_readings
from marts.heart_rate_coverage cross join generate_series(1, 150) as number;

insert into marts.heart_rate_participant
select 'P' || number, definitions, time_zone, birth_year, min_confidence, gap_minutes,
    valid_day_hours, valid_hour_minutes, resting_minutes, zone_rule, zone_resting_days,
    moderate_from, vigorous_from, peak_from
from marts.heart_rate_participant cross join generate_series(1, 150) as number
"""


def test_a_long_table_goes_over_pages(
    pipeline: Pipeline, report: Path, browser: webdriver.Chrome
) -> None:
    browser.get(report.as_uri())
    pages = pages_printed(browser)
    pipeline.query(OTHERS)
    browser.get(write(report.parent).as_uri())
    table = browser.find_element(By.ID, "participants")
    assert len(table.find_elements(By.CSS_SELECTOR, "tbody tr")) == 151
    assert pages_printed(browser) > pages


def test_it_is_one_file_without_network(report: Path) -> None:
    page = report.read_text()
    addresses = set(re.findall(r"""(?:src|href)="([^"#][^"]*)""", page))
    assert {address.split(",")[0] for address in addresses} <= {"data:image/png;base64"}
    assert len(page) < 2_000_000


def test_the_name_of_the_study_page_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--output", str(tmp_path / "Study.html")])
    assert done.exit_code == ExitCode.USAGE
    assert "study.html is the name of the study page" in done.stderr


@pytest.mark.usefixtures("pipeline")
def test_where_it_cant_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "report").touch()
    path = tmp_path / "report" / "heart_rate.html"
    done = CliRunner().invoke(main, ["--output", str(path)])
    assert done.exit_code == ExitCode.CANT_WRITE
    assert done.stderr.startswith(f"error: {path} can't be written: ")
    assert done.stderr.endswith(" — make report ARGS='--output FILE'\n")


@pytest.mark.usefixtures("pipeline")
def test_a_database_that_was_never_loaded_leaves_the_last_page_alone(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    """Somebody else's, or a name that was mistyped; also where `make status` was there once."""
    page = tmp_path / "heart_rate.html"
    page.write_text("the last good page")
    for _ in range(2):
        done = CliRunner().invoke(main, ["--output", str(page)])
        assert done.exit_code == ExitCode.NO_INPUT
        assert done.stderr.startswith("error: the database test at 127.0.0.1 has no marts; ")
        assert f"{page} was left as it is — " in done.stderr
        assert page.read_text() == "the last good page"
        assert pipeline.loader("status").returncode == 0


def test_an_empty_database_gives_a_page_that_says_so(
    pipeline: Pipeline, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    browser.get(write(tmp_path).as_uri())
    assert "holds no heart-rate readings" in browser.find_element(By.TAG_NAME, "body").text


def test_without_a_birth_year_the_zones_are_unknown(
    pipeline: Pipeline, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    pipeline.write(readings_of(2))
    pipeline.ingest()
    browser.get(write(tmp_path).as_uri())
    zones = browser.find_element(By.ID, "zones")
    assert "Zones need the year of birth" in zones.text
    assert "dbt_project/seeds/participants.csv" in zones.text
    assert "Zones need the year of birth" in browser.find_element(By.ID, "day").text
    assert not zones.find_elements(By.TAG_NAME, "svg")
    assert "from" not in browser.find_element(By.CSS_SELECTOR, "#day svg").text


def test_an_hour_of_the_week_is_a_mean_of_minutes(pipeline: Pipeline) -> None:
    """Of 60 minutes at 60 bpm and 20 at 100 bpm, which have two readings each."""
    pipeline.write(
        [
            *(f"2024-03-04 07:{minute:02}:00,60" for minute in range(60)),
            *(f"2024-03-11 07:{minute:02}:{s},100" for minute in range(20) for s in ("00", "30")),
        ]
    )
    pipeline.ingest()
    (hour,) = read_study(os.environ).hours_of_week
    assert (hour.weekday, hour.hour_of_day, hour.mean_bpm) == (1, 7, 70)


def test_the_limits_are_those_of_the_day_shown(
    pipeline: Pipeline, report: Path, browser: webdriver.Chrome
) -> None:
    pipeline.query("update marts.heart_rate_day set peak_from_bpm = 150 + extract(day from day)")
    browser.get(write(report.parent).as_uri())
    assert "10 March 2024" in browser.find_element(By.XPATH, "//section[figure[@id='day']]/h2").text
    assert "peak from 160" in browser.find_element(By.CSS_SELECTOR, "#day svg").text


def test_days_without_known_zones_are_said(
    pipeline: Pipeline, report: Path, browser: webdriver.Chrome
) -> None:
    """As on the first days, which may have no resting heart rate yet, and on all others then."""
    unknown = "update marts.heart_rate_day set zone_source = null where day < %s"
    pipeline.query(unknown, ["2024-03-03"])
    browser.get(write(report.parent).as_uri())
    zones = browser.find_element(By.ID, "zones").text
    assert "2 days without known zones are left out." in zones
    assert "from the resting to the maximum heart rate, 220 − age" in zones

    pipeline.query(unknown, ["2025-01-01"])
    browser.get(write(report.parent).as_uri())
    for name in ("zones", "day"):
        caption = browser.find_element(By.ID, name).text
        assert "Zones need a resting heart rate in the last 28 days" in caption
    pipeline.query("update marts.heart_rate_participant set zone_rule = 'maximum'")
    browser.get(write(report.parent).as_uri())
    assert "resting" not in browser.find_element(By.ID, "zones").text


def test_too_little_data_is_said_instead_of_drawn(
    pipeline: Pipeline, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    night = [f"2024-03-31 {hour:02}:{minute:02}:00,50" for hour in range(6) for minute in range(60)]
    no_night = [f"2024-03-30 12:{minute:02}:00,70" for minute in range(60)]
    pipeline.write([*no_night, *night])
    pipeline.ingest()
    browser.get(write(tmp_path).as_uri())
    for name, days in (
        ("resting", "2 of the 7 days with 30 covered minutes in a row"),
        ("nights", "1 of the 7 worn nights"),
        ("week", "2 of the 7 days with readings"),
    ):
        figure = browser.find_element(By.ID, name)
        assert figure.text == f"Too little data: {days} that it takes."
        assert not figure.find_elements(By.TAG_NAME, "svg")
    headlines = browser.find_element(By.ID, "headlines").text
    assert "too little data: 1 worn night" in headlines
    assert "too little data: 2 calendar days" in headlines


def test_every_time_is_on_the_participants_clock(
    pipeline: Pipeline, report: Path, browser: webdriver.Chrome
) -> None:
    """Half past midnight in New York is half past four or five in UTC."""
    pipeline.query("update marts.heart_rate_participant set time_zone = 'America/New_York'")
    browser.get(write(report.parent).as_uri())
    zone = "(America/New_York)"
    assert zone in browser.find_element(By.CSS_SELECTOR, "h1 + p").text
    assert zone in browser.find_element(By.CSS_SELECTOR, "#history output").text
    assert "clock of America/New_York" in browser.find_element(By.ID, "day").text
    assert "clock of America/New_York" in browser.find_element(By.ID, "week").text
    for name, heads in (("gaps", 2), ("participants", 3), ("runs", 1), ("workouts", 1)):
        assert browser.find_element(By.CSS_SELECTOR, f"#{name} thead").text.count(zone) == heads
    assert "2024-02-29 19:00" in browser.find_element(By.ID, "participants").text
    assert "2024-03-02 18:59" in browser.find_element(By.ID, "gaps").text
    assert "UTC" not in browser.find_element(By.TAG_NAME, "body").text


ODD = "O'Brien \x1b[31m/.."
LATER = "insert into marts.participants (participant_id, enrolled_on) values (%s, '2031-01-01')"


@pytest.fixture(scope="module")
def studied(
    cluster: Cluster, dbt_target: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LoadedOnce]:
    """Four participants, one of whom left after two days of ten, and the pages on them."""
    folder = tmp_path_factory.mktemp("studied")

    def load(pipeline: Pipeline) -> None:
        for who, days in (("P001", 10), ("P002", 2), ("P010", 10)):
            pipeline.write(readings_of(days), name=f"participant_id={who}/hr.csv")
        fitabase = [
            f"{ODD},3/{day}/2024 7:{minute:02}:00 AM,60" for day in (1, 9) for minute in range(60)
        ]
        pipeline.write(fitabase, "Id,Time,Value", "odd.csv")
        pipeline.ingest()
        path = folder / "report" / "heart_rate.html"
        done = CliRunner().invoke(main, ["--output", str(path), "--everyone"])
        assert done.exit_code == 0, done.output

    with loaded_once(cluster, dbt_target, folder, load, {"FITBIT_TIMEZONE": "UTC"}) as loaded:
        yield loaded


@pytest.fixture
def study(
    studied: LoadedOnce,
    pipeline: Pipeline,
    tmp_path: Path,
    browser: webdriver.Chrome,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The folder of the report on a copy of the database: a test may change both."""
    monkeypatch.setenv("FITBIT_TIMEZONE", "UTC")
    studied.copy_to(pipeline)
    pages = Path(shutil.copytree(studied.folder / "report", tmp_path / "report"))
    browser.get_log("browser")  # type: ignore[no-untyped-call]  # of pages before
    browser.get((pages / "study.html").as_uri())
    return pages


def column(browser: webdriver.Chrome, number: int) -> list[str]:
    cells = browser.find_elements(By.CSS_SELECTOR, f"#participants td:nth-child({number})")
    return [cell.text for cell in cells]


def row_of(browser: webdriver.Chrome, participant: str) -> list[str]:
    rows = browser.find_elements(By.CSS_SELECTOR, "#participants tbody tr")
    cells = [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")] for row in rows]
    (row,) = [row for row in cells if row[0] == participant]
    return row


def test_the_study_page_shows_who_stopped(study: Path, browser: webdriver.Chrome) -> None:
    for name in ("wear", "hours", "sensitivity"):
        assert browser.find_element(By.ID, name).find_elements(By.TAG_NAME, "svg"), name
    images = browser.find_elements(By.CSS_SELECTOR, "#wear svg image")
    assert images
    since = dict(zip(column(browser, 1), column(browser, 8), strict=True))
    assert since["P001"] == since["P010"] == "0"
    assert since["P002"] == "8"
    assert "P002" in browser.find_element(By.ID, "wear").text
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]
    page = (study / "study.html").read_text()
    assert set(re.findall(r'src="([^"]*)"', page)) == set()
    about = browser.find_element(By.XPATH, "//h2[text()='Participants']/following::p").text
    assert "counted up to 10 March 2024, the latest day with readings" in about


def test_the_columns_of_the_study_page(study: Path, browser: webdriver.Chrome) -> None:
    """P010: 9 of 10 days with readings, each complete, in two calendar weeks."""
    heads = browser.find_elements(By.CSS_SELECTOR, "#participants th")
    cells = dict(zip((head.text for head in heads), row_of(browser, "P010"), strict=True))
    assert cells == {
        "Participant": "P010",
        "First day": "2024-03-01",
        "Last day": "2024-03-10",
        "Days": "10",
        "Valid days": "9",
        "Minute yield": "90.0 %",
        "Hour yield": "90.0 %",
        "Days since last reading": "0",
        "Late readings": "0",
    }
    weeks = {row.participant_id: row.weeks for row in read_overview(os.environ).participants}
    assert weeks == {"P001": 2, "P002": 1, "P010": 2, ODD: 2}


def test_its_table_is_sorted_by_a_click_on_a_header(study: Path, browser: webdriver.Chrome) -> None:
    heads = browser.find_elements(By.CSS_SELECTOR, "#participants th")
    heads[4].click()
    valid_days = [int(text) for text in column(browser, 5)]
    assert valid_days == sorted(valid_days)
    assert len(set(valid_days)) > 1
    heads[4].click()
    assert [int(text) for text in column(browser, 5)] == sorted(valid_days, reverse=True)
    heads[0].click()
    assert column(browser, 1) == sorted(column(browser, 1))
    heads[3].send_keys(Keys.SPACE)
    assert heads[3].get_attribute("aria-sort") == "ascending"
    assert [int(text) for text in column(browser, 4)] == [2, 9, 10, 10]


def test_a_participant_whose_enrolment_begins_later_is_sorted_last(
    pipeline: Pipeline, study: Path, browser: webdriver.Chrome
) -> None:
    pipeline.query(LATER, ["P002"])
    browser.get(write(study.parent).with_name("study.html").as_uri())
    assert row_of(browser, "P002") == ["P002", "–", "–", "0", "0", "–", "–", "–", "0"]
    assert "P002" not in browser.find_element(By.ID, "wear").text
    first_day = browser.find_elements(By.CSS_SELECTOR, "#participants th")[1]
    for _ in ("ascending", "descending"):
        first_day.click()
        assert column(browser, 1)[-1] == "P002"

    for who in ("P001", "P010", ODD):
        pipeline.query(LATER, [who])
    browser.get(write(study.parent).with_name("study.html").as_uri())
    assert column(browser, 4) == ["0"] * 4
    assert not browser.find_elements(By.TAG_NAME, "svg")


def test_everyone_has_a_page_that_the_study_page_leads_to(
    study: Path, browser: webdriver.Chrome
) -> None:
    links = browser.find_elements(By.CSS_SELECTOR, "#participants a")
    pages = [link.get_attribute("href") for link in links]
    assert len(set(pages)) == 4
    names = [link.text for link in links]
    for name, link in zip(names, pages, strict=True):
        assert link is not None
        browser.get(link)
        page = browser.find_element(By.TAG_NAME, "body").text
        assert f"Participant {name}, times in UTC." in page
        # It may be given to the participant.
        assert [other for other in names if other in page] == [name]
        assert [row[0] for row in [row_of(browser, name)]] == [name]
    browser.find_element(By.LINK_TEXT, "All participants").click()
    assert browser.current_url == (study / "study.html").as_uri()
    browser.get((study / "heart_rate.html").as_uri())
    browser.find_element(By.LINK_TEXT, "All participants").click()
    assert browser.current_url == (study / "study.html").as_uri()
    files = sorted(path.name for path in (study / "participants").iterdir())
    assert files[0].startswith("O_Brien___31m")
    assert files[1:] == ["P001.html", "P002.html", "P010.html"]


def test_the_study_page_of_300_participants_stays_small(
    pipeline: Pipeline, report: Path, browser: webdriver.Chrome
) -> None:
    pipeline.query(
        "insert into intermediate.int_heart_rate_day_statistics"
        " select (jsonb_populate_record(one, jsonb_build_object("
        "'participant_id', 'P' || number, 'day', one.day + more))).*"
        " from intermediate.int_heart_rate_day_statistics as one,"
        " generate_series(1, 300) as number, generate_series(0, 360, 10) as more"
        " on conflict do nothing"
    )
    pipeline.query(OTHERS.replace("150", "300"))
    write(report.parent)
    page = report.parent / "report" / "study.html"
    assert page.stat().st_size < 2_000_000
    browser.get(page.as_uri())
    assert len(browser.find_elements(By.CSS_SELECTOR, "#participants tbody tr")) == 301
    with seen_as(browser, "print", PAPER_WIDTH):
        parts = browser.execute_script(
            "return [...document.querySelectorAll('figure .wide')].map(one =>"
            " [one.getBoundingClientRect().height, getComputedStyle(one).breakInside])"
        )
        headings = browser.execute_script(
            "return [...document.querySelectorAll('figure')].map(one =>"
            " one.querySelector('.wide').getBoundingClientRect().top"
            " - one.parentElement.getBoundingClientRect().top)"
        )
    assert len(parts) == 4 + 4 + 1
    assert {breaks for _, breaks in parts} == {"avoid"}
    assert max(height for height, _ in parts) + max(headings) < PAPER_HEIGHT
    with seen_as(browser, "screen", PHONE_WIDTH):
        assert browser.execute_script(SMALLEST) >= SMALLEST_TEXT
        assert browser.execute_script("return document.documentElement.scrollWidth") <= PHONE_WIDTH
