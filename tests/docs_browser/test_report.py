"""The kit's report in a browser: of a provider that passes, and of one that fails."""

from __future__ import annotations

from dataclasses import replace

import pytest
from provider_conformance import run
from provider_conformance.reports import origin_of, write_reports
from provider_conformance.zoo import HARNESS
from provider_conformance.zoo.mutants.chat import FormatsText

from tests.docs_browser._server import served
from tests.docs_browser._visits import DESKTOP, HEIGHT, Visitor

HARNESSES = {"passing": HARNESS, "failing": replace(HARNESS, provider=FormatsText)}
ONLY = ("AUTH", "CHAT-0", "TOOLS", "STREAM-00")


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Return a folder with the reports of both providers, the addresses of which are served."""
    folder = tmp_path_factory.mktemp("reports")
    for name, harness in HARNESSES.items():
        report = run(harness, seed=5, only=ONLY)
        write_reports(replace(report, provider=name), origin_of(harness, None), folder)
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def visits(reports, browser, axe):
    """Return what visits of the reports found, by name."""
    visitor = Visitor(browser, axe, reports)
    return {name: visitor.visit(f"{name}.html") for name in HARNESSES}


@pytest.fixture
def page(browser):
    """Return a page in a window of its own, in which no script of a page runs."""
    context = browser.new_context(
        viewport={"width": DESKTOP, "height": HEIGHT}, java_script_enabled=False
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", HARNESSES)
def test_report_fits_its_window(visits, name):
    """A report is never wider than the window, with every check opened."""
    assert visits[name].wide == {}


@pytest.mark.parametrize("name", HARNESSES)
def test_report_is_accessible(visits, name):
    """A report breaks no rule of axe, with every check opened."""
    assert [str(fault) for fault in visits[name].faults] == []


@pytest.mark.parametrize("name", HARNESSES)
def test_report_requests_nothing(visits, name):
    """A report is one file: it requests nothing, and says nothing on the console."""
    visit = visits[name]
    assert (visit.errors, visit.foreign, visit.failed) == ([], [], [])


def test_report_is_one_request(page, reports):
    """Reading a report takes exactly one request."""
    seen = []
    page.on("request", lambda request: seen.append(request.url))
    page.goto(f"{reports}/failing.html")
    assert [url for url in seen if not url.startswith("data:")] == [f"{reports}/failing.html"]


def test_link_opens_a_check_that_passed(page, reports):
    """A link to a check that passed opens it and shows it, without a script."""
    page.goto(f"{reports}/passing.html#PC-TOOLS-002")
    body = page.locator("#PC-TOOLS-002")
    assert body.is_visible()
    assert page.locator(".check[open]").count() == 1
    head = page.locator(".check[open] > summary").bounding_box()
    assert 0 <= head["y"] < HEIGHT


def test_check_opens_by_the_keyboard(page, reports):
    """A check opens to its rule and why when Enter is pressed on it."""
    page.goto(f"{reports}/passing.html")
    summary = page.locator("summary", has_text="PC-AUTH-003")
    assert not page.locator("#PC-AUTH-003").is_visible()
    summary.focus()
    page.keyboard.press("Enter")
    text = page.locator("#PC-AUTH-003").inner_text()
    assert "Rule" in text
    assert "Why" in text


def test_failure_is_seen_first(page, reports):
    """What failed first is open, and above all that passed."""
    page.goto(f"{reports}/failing.html")
    opened = page.locator(".check[open]").first
    assert "What happened" in opened.inner_text()
    passed = page.locator(".state.pass").first.bounding_box()
    assert opened.bounding_box()["y"] < passed["y"]


def test_printed_report_shows_failures(page, reports):
    """On paper every failure is open, in the light colors."""
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(f"{reports}/failing.html")
    closed = page.locator(".failures details:not([open])").first
    assert closed.locator(".body").is_visible()
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert back == "rgb(255, 255, 255)"
