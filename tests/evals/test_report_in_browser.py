"""The report in a real browser: Chromium, headless. `make browser` brings it and runs these.

Without one they fail: a skipped test proves nothing.
"""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.evals.chromium import ARGUMENTS, NoBrowserError, program
from tests.evals.reports import assessment, hostile, results

from usermind.evals.reporting import html_of

pytestmark = pytest.mark.browser

Browser = Any
"""Playwright's; it is not in the dev tools, so that the type check must do without it."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        path = program()
    except NoBrowserError as error:
        pytest.fail(str(error))
    with import_module("playwright.sync_api").sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield started
        started.close()


class Opened:
    """A report that was opened, with all that the browser said and asked for."""

    def __init__(self, browser: Browser, path: Path, html: str, **how: Any) -> None:
        path.write_text(html, "utf-8")
        self.page = browser.new_page(**how)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(dialog.message))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        self.path = path

    def quiet(self) -> bool:
        """Say whether nothing was logged, and nothing but the file asked for."""
        return not self.said and set(self.asked) == {self.path.as_uri()}


@pytest.fixture(scope="module", params=["light", "dark"])
def opened(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Opened]:
    path = tmp_path_factory.mktemp("report") / "report.html"
    how = {"color_scheme": request.param, "viewport": {"width": 1100, "height": 900}}
    report = Opened(browser, path, html_of(results(), [assessment()]), **how)
    yield report
    report.page.close()


def test_nothing_is_logged_and_nothing_else_is_asked_for(opened: Opened) -> None:
    assert opened.quiet(), (opened.said, opened.asked)


def test_plots_are_drawn(opened: Opened) -> None:
    plots = opened.page.locator("svg[role=img]")
    boxes = [plot.bounding_box() for plot in plots.all()]
    assert len(boxes) == 6  # kinds, ablations, turns, certainty, calibration, coverage
    assert all(box and box["width"] > 200 and box["height"] > 60 for box in boxes)
    marks = opened.page.locator("svg[role=img] .mark, svg[role=img] .bar").all()
    assert len(marks) > 20
    for drawn in marks:
        box = drawn.bounding_box()
        assert box
        assert box["width"] > 1
    # A mark without its colour is black on any page.
    fills = {drawn.evaluate("e => getComputedStyle(e).fill") for drawn in marks}
    assert "rgb(0, 0, 0)" not in fills
    assert len(fills) >= 2


LABELS = """() => [...document.querySelectorAll('svg[role=img]')].flatMap(svg => {
    const outer = svg.getBoundingClientRect(), scale = outer.width / svg.viewBox.baseVal.width;
    const texts = [...svg.querySelectorAll('text')];
    const boxes = texts.map(text => text.getBoundingClientRect());
    const apart = (a, b) => a.right <= b.left || b.right <= a.left
        // A line of text is higher than its letters.
        || a.bottom - a.height * 0.2 <= b.top || b.bottom - b.height * 0.2 <= a.top;
    return texts.map((text, i) => ({
        text: text.textContent,
        size: parseFloat(getComputedStyle(text).fontSize) * scale,
        inside: boxes[i].left >= outer.left - 1 && boxes[i].right <= outer.right + 1
            && boxes[i].top >= outer.top - 1 && boxes[i].bottom <= outer.bottom + 1,
        apart: boxes.every((box, j) => i === j || apart(box, boxes[i])),
    }));
})"""
"""What becomes of each text of a plot: how high it is, in px, and whether it is where it can be
read."""


def bad_labels(page: Any) -> list[Any]:
    found = page.evaluate(LABELS)
    assert len(found) > 40
    return [each for each in found if each["size"] < 9 or not (each["inside"] and each["apart"])]


def test_labels_of_plots_stay_inside_and_apart(opened: Opened) -> None:
    assert bad_labels(opened.page) == []


def test_text_stands_out_from_what_it_stands_on(opened: Opened) -> None:
    opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    faint = opened.page.evaluate(
        """() => {
            const parts = colour => colour.match(/[\\d.]+/g).map(Number);
            const light = colour => {
                const [r, g, b] = parts(colour).slice(0, 3).map(c => c / 255)
                    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const ground = element => {
                for (let e = element; e; e = e.parentElement) {
                    const colour = getComputedStyle(e).backgroundColor;
                    if ((parts(colour)[3] ?? 1) > 0) return colour;
                }
                return getComputedStyle(document.documentElement).backgroundColor;
            };
            const faint = [];
            const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walk.nextNode()) {
                const element = walk.currentNode.parentElement;
                if (!walk.currentNode.textContent.trim()) continue;
                const style = getComputedStyle(element);
                const ink = element.closest('svg') ? style.fill : style.color;
                const [a, b] = [light(ink), light(ground(element))].sort((x, y) => x - y);
                if ((b + 0.05) / (a + 0.05) < 4.5) faint.push(element.outerHTML.slice(0, 80));
            }
            return faint;
        }"""
    )
    assert faint == []


def test_a_transcript_opens_by_keyboard_alone(opened: Opened) -> None:
    page = opened.page
    page.reload()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box() is not None
    scenario = page.locator("#scenario0 > summary")
    for _ in range(60):
        if page.evaluate("document.activeElement.parentElement.id") == "scenario0":
            break
        page.keyboard.press("Tab")
    assert scenario.evaluate("e => e === document.activeElement")
    assert not page.get_by_text("What should Bo eat?").first.is_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_text("What should Bo eat?").first.is_visible()


def test_a_link_leads_to_the_scenario(opened: Opened) -> None:
    opened.page.get_by_role("link", name="knows the dog").click()
    top = opened.page.locator("#scenario0").bounding_box()
    assert top
    assert -1 < top["y"] < 900  # a window scrolls by whole pixels


def test_hostile_text_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    html = html_of(hostile(results()), [hostile(assessment())])
    report = Opened(browser, tmp_path / "hostile.html", html)
    report.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    report.page.wait_for_load_state("networkidle")
    assert report.quiet(), (report.said, report.asked)
    assert report.page.locator("script, img").count() == 0
    assert "<script>alert(1)</script>" in report.page.locator("#transcripts").inner_text()


@pytest.mark.parametrize("width", [360, 400, 641, 800])
def test_it_fits_a_narrow_window(browser: Browser, tmp_path: Path, width: int) -> None:
    html = html_of(results(), [assessment()])
    how = {"viewport": {"width": width, "height": 700}}
    page = Opened(browser, tmp_path / "narrow.html", html, **how).page
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert bad_labels(page) == []


def test_on_a_phone_each_number_of_a_table_can_be_seen_beside_what_it_is(
    browser: Browser, tmp_path: Path
) -> None:
    html = html_of(results(), [assessment()])
    size = {"width": 360, "height": 700}
    page = Opened(browser, tmp_path / "phone.html", html, viewport=size).page
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    tables = page.get_by_role("table")
    assert tables.count() == 4  # scenarios, kinds, ablations, cost
    assert page.get_by_role("columnheader", name="Completion tokens").count() == 1
    cut = page.evaluate(
        """() => [...document.querySelectorAll('td')].filter(cell => {
            const box = cell.getBoundingClientRect();
            return box.right > innerWidth || box.left < 0 || cell.scrollWidth > cell.clientWidth;
        }).map(cell => cell.textContent)"""
    )
    assert cut == []
    heads = page.evaluate(
        """() => [...document.querySelectorAll('td.number')].map(
            cell => getComputedStyle(cell, '::before').content)"""
    )
    assert {'"Passed"', '"Without memory"', '"Completion tokens"'} <= set(heads)


@pytest.mark.parametrize("width", [360, 1100])
def test_no_text_of_anybody_widens_the_page(browser: Browser, tmp_path: Path, width: int) -> None:
    long = replace(hostile(results()), model="unbroken" * 60)
    verdicts = tuple(
        replace(each, scenario="name" * 90, file="folder/" * 60, why="why" * 90)
        for each in long.verdicts
    )
    html = html_of(replace(long, verdicts=verdicts), [hostile(assessment())])
    how = {"viewport": {"width": width, "height": 700}}
    page = Opened(browser, tmp_path / "long.html", html, **how).page
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
