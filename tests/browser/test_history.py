"""The history that can be zoomed, as a person moves it, and what is left of it without scripts."""

import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from scripts.report import history
from tests.browser.pages import PHONE_WIDTH, seen_as, write
from tests.loaded_once import LoadedOnce

HOUR, DAY = 3_600_000, 86_400_000
BEGIN = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp()) * 1000
END = BEGIN + 10 * DAY
"""The fixture `report` has ten days of minutes, without the third."""


@pytest.fixture
def page(reported: LoadedOnce, tmp_path: Path) -> Path:
    """A file with the report."""
    return Path(shutil.copy(reported.folder / "report" / "heart_rate.html", tmp_path / "page.html"))


@pytest.fixture
def opened(page: Path, browser: webdriver.Chrome) -> webdriver.Chrome:
    assert page.as_uri().startswith("file://")
    open_live(browser, page)
    return browser


def open_live(browser: webdriver.Chrome, page: Path) -> None:
    browser.get(page.as_uri())
    WebDriverWait(browser, 30).until(lambda _: seen(browser) == (BEGIN, END))


def seen(browser: webdriver.Chrome) -> tuple[int, int]:
    """What is drawn, in milliseconds of the participant's clock; zeros before the first drawing."""
    data = browser.execute_script("return {...document.getElementById('history').dataset}")
    return round(float(data.get("from", 0))), round(float(data.get("to", 0)))


def wait_for(browser: webdriver.Chrome, begin: float, end: float) -> None:
    WebDriverWait(browser, 10).until(lambda _: seen(browser) == (round(begin), round(end)))


def level(browser: webdriver.Chrome) -> str | None:
    return browser.find_element(By.ID, "history").get_attribute("data-level")


def jump(browser: webdriver.Chrome, day: str) -> None:
    browser.execute_script(
        "const input = document.querySelector('#history input'); input.value = arguments[0];"
        "input.dispatchEvent(new Event('change'))",
        day,
    )


def drawn(browser: webdriver.Chrome) -> dict[str, list[Any]]:
    """The columns that Bokeh draws."""
    columns: dict[str, list[Any]] = browser.execute_script(
        "const columns = Bokeh.documents[0].get_model_by_name('steps').data;"
        "return Object.fromEntries(Object.entries(columns).map("
        "([name, column]) => [name, [...column].map(one => isNaN(one) ? null : one)]))"
    )
    return columns


def bpm(instant: float) -> float:
    """The rate of a minute of the fixture."""
    hour = int(instant - BEGIN) // HOUR % 24
    return 150 if hour in (7, 18) else 55 + hour


def test_a_chosen_day_is_shown_by_the_minute(opened: webdriver.Chrome) -> None:
    assert level(opened) == "hours"  # ten days of minutes are more than the screen can show
    jump(opened, "2024-03-05")
    wait_for(opened, BEGIN + 4 * DAY, BEGIN + 5 * DAY)
    assert level(opened) == "minutes"
    columns = drawn(opened)
    known = [at for at, mean in zip(columns["at"], columns["mean"], strict=True) if mean]
    assert known == [BEGIN + 4 * DAY + minute * 60_000 for minute in range(1440)]
    for name in ("mean", "low", "high"):
        assert [rate for rate in columns[name] if rate] == [bpm(at) for at in known]
    says = opened.find_element(By.CSS_SELECTOR, "#history output").text
    assert says == "Tue, 5 Mar 2024, 00:00 to Wed, 6 Mar 2024, 00:00 (UTC), means of minutes"

    jump(opened, "2024-03-03")
    wait_for(opened, BEGIN + 2 * DAY, BEGIN + 3 * DAY)
    assert not any(drawn(opened)["mean"])
    assert opened.find_element(By.CSS_SELECTOR, "#history output").text.endswith("; no readings")


def test_it_is_moved_by_the_keyboard(opened: webdriver.Chrome) -> None:
    plot = opened.find_element(By.CSS_SELECTOR, "#history .plot")
    opened.execute_script("document.querySelector('#history input').focus()")
    ActionChains(opened).send_keys(Keys.TAB * 4).perform()  # month, day, year, calendar
    if opened.switch_to.active_element != plot:
        opened.execute_script("arguments[0].focus()", plot)
    plot.send_keys("+")
    wait_for(opened, BEGIN + 2.5 * DAY, BEGIN + 7.5 * DAY)
    plot.send_keys(Keys.ARROW_LEFT)
    wait_for(opened, BEGIN + 1.25 * DAY, BEGIN + 6.25 * DAY)
    plot.send_keys(Keys.ARROW_LEFT * 4)
    wait_for(opened, BEGIN, BEGIN + 5 * DAY)  # not beyond the first day
    plot.send_keys(Keys.ARROW_RIGHT)
    wait_for(opened, BEGIN + 1.25 * DAY, BEGIN + 6.25 * DAY)
    plot.send_keys("+" * 20)
    WebDriverWait(opened, 10).until(lambda _: seen(opened)[1] - seen(opened)[0] == HOUR // 2)
    plot.send_keys("-")
    WebDriverWait(opened, 10).until(lambda _: seen(opened)[1] - seen(opened)[0] == HOUR)
    plot.send_keys(Keys.HOME)
    wait_for(opened, BEGIN, END)


def test_it_is_moved_by_buttons_wheel_and_dragging(opened: webdriver.Chrome) -> None:
    for name, begin, end in (
        ("Zoom in", 2.5, 7.5),
        ("Later", 3.75, 8.75),
        ("Earlier", 2.5, 7.5),
        ("Zoom out", 0, 10),
        ("Zoom in", 2.5, 7.5),
        ("The whole history", 0, 10),
    ):
        opened.find_element(By.CSS_SELECTOR, f"#history button[aria-label='{name}']").click()
        wait_for(opened, BEGIN + begin * DAY, BEGIN + end * DAY)

    plot = opened.find_element(By.CSS_SELECTOR, "#history .plot")
    wheel(opened, plot, ctrl=False)
    assert seen(opened) == (BEGIN, END)  # the page scrolls
    wheel(opened, plot, ctrl=True)
    WebDriverWait(opened, 10).until(lambda _: seen(opened)[1] - seen(opened)[0] < 9.9 * DAY)
    jump(opened, "2024-03-05")
    wait_for(opened, BEGIN + 4 * DAY, BEGIN + 5 * DAY)
    ActionChains(opened).drag_and_drop_by_offset(plot, 200, 0).perform()
    WebDriverWait(opened, 10).until(lambda _: seen(opened)[0] < BEGIN + 3.9 * DAY)
    begin, end = seen(opened)
    assert end - begin == DAY


def wheel(browser: webdriver.Chrome, plot: Any, ctrl: bool) -> None:
    browser.execute_script(
        "const {left, top, width, height} = arguments[0].getBoundingClientRect();"
        "const place = {clientX: left + width / 2, clientY: top + height / 2};"
        "const canvas = document.querySelector('#history .bk-Figure').shadowRoot"
        ".querySelector('.bk-CanvasPanel, .bk-Canvas').shadowRoot.querySelector('.bk-events');"
        "canvas.dispatchEvent(new WheelEvent('wheel', {...place, deltaY: -120, bubbles: true,"
        " composed: true, cancelable: true, ctrlKey: arguments[1]}))",
        plot,
        ctrl,
    )


def test_it_is_moved_by_fingers(page: Path, browser: webdriver.Chrome) -> None:
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        with seen_as(browser, "screen", PHONE_WIDTH):
            open_live(browser, page)
            plot = browser.find_element(By.CSS_SELECTOR, "#history .plot")
            middle = middle_of(browser, plot)
            slowly = {**middle, "gestureSourceType": "touch"}
            pinch = {**slowly, "scaleFactor": 2.0, "relativeSpeed": 200}
            drag = {**slowly, "xDistance": 100, "speed": 200}
            gesture(browser, "Pinch", pinch, lambda begin, end: end - begin < 9 * DAY)
            jump(browser, "2024-03-05")
            wait_for(browser, BEGIN + 4 * DAY, BEGIN + 5 * DAY)
            gesture(browser, "Scroll", drag, lambda begin, _: begin < BEGIN + 3.9 * DAY)
    finally:
        browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def gesture(
    browser: webdriver.Chrome,
    name: str,
    how: dict[str, Any],
    until: Callable[[int, int], bool],
) -> None:
    """Make it, and again if the browser was too busy to see how the fingers moved."""

    def made(_: object) -> bool:
        browser.execute_cdp_cmd(f"Input.synthesize{name}Gesture", how)
        return until(*seen(browser))

    WebDriverWait(browser, 60).until(made)


def middle_of(browser: webdriver.Chrome, plot: Any) -> dict[str, float]:
    """The middle of the plot, in the window."""
    x, y = browser.execute_script(
        "arguments[0].scrollIntoView({block: 'center'});"
        "const {left, top, width, height} = arguments[0].getBoundingClientRect();"
        "return [left + width / 2, top + height / 2]",
        plot,
    )
    return {"x": math.floor(x), "y": math.floor(y)}


def shown(browser: webdriver.Chrome, part: str) -> bool:
    return bool(
        browser.execute_script(
            "return document.querySelector(`#history ${arguments[0]}`).checkVisibility()", part
        )
    )


@contextmanager
def scripts_blocked(browser: webdriver.Chrome) -> Iterator[None]:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_with_scripts_blocked_the_static_figure_remains(
    page: Path, browser: webdriver.Chrome
) -> None:
    with scripts_blocked(browser):
        browser.get(page.as_uri())
        static = browser.find_element(By.CSS_SELECTOR, "#history .static .broad svg")
        assert static.is_displayed()
        assert static.size["width"] > 600
        assert not browser.find_element(By.CSS_SELECTOR, "#history .explorer").is_displayed()
        assert browser.find_element(By.CSS_SELECTOR, "#resting svg").is_displayed()


def test_in_a_browser_that_is_too_old_the_static_figure_remains(
    page: Path, browser: webdriver.Chrome
) -> None:
    added = browser.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": "delete window.DecompressionStream"}
    )
    try:
        browser.get(page.as_uri())
        assert (shown(browser, ".static"), shown(browser, ".explorer")) == (True, False)
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_on_paper_the_static_figure_is_printed(opened: webdriver.Chrome) -> None:
    assert (shown(opened, ".static"), shown(opened, ".explorer")) == (False, True)
    with seen_as(opened, "print", 703):
        assert (shown(opened, ".static"), shown(opened, ".explorer")) == (True, False)


COLOURS = """
    const model = name => Bokeh.documents[0].get_model_by_name(name);
    const line = model('means').glyph.line_color;
    const plot = model('plot');
    return [line.value ?? line, plot.background_fill_color, plot.below[0].major_label_text_color];
"""


def wait_for_colours(browser: webdriver.Chrome, colours: list[str]) -> None:
    WebDriverWait(browser, 10).until(lambda _: browser.execute_script(COLOURS) == colours)


def test_its_colours_follow_the_scheme(opened: webdriver.Chrome) -> None:
    try:
        for scheme, colours in (
            ("dark", ["#7cc0ff", "#16191d", "#e8eaed"]),
            ("light", ["#0b5fa5", "#ffffff", "#1b1f24"]),
        ):
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            opened.execute_cdp_cmd(
                "Emulation.setEmulatedMedia", {"media": "", "features": features}
            )
            wait_for_colours(opened, colours)
    finally:
        opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})


def test_on_a_phone_it_fits(page: Path, browser: webdriver.Chrome) -> None:
    with seen_as(browser, "screen", PHONE_WIDTH):
        open_live(browser, page)
        place = browser.find_element(By.CSS_SELECTOR, "#history .plot").rect
        assert 300 < place["width"] <= PHONE_WIDTH - place["x"]
        assert browser.execute_script("return document.documentElement.scrollWidth") <= PHONE_WIDTH
        for button in browser.find_elements(By.CSS_SELECTOR, "#history button"):
            assert min(button.size.values()) >= 40  # as large as a finger


def test_where_minutes_dont_fit_the_page_hours_are_shown(
    report: Path, browser: webdriver.Chrome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_OF_MINUTES", 0)
    open_live(browser, write(report.parent))
    jump(browser, "2024-03-05")
    wait_for(browser, BEGIN + 4 * DAY, BEGIN + 5 * DAY)
    assert level(browser) == "hours"
    assert [rate for rate in drawn(browser)["mean"] if rate] == [
        bpm(BEGIN + hour * HOUR) for hour in range(24)
    ]
