"""The search of the built site, over http and from a folder without a server."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.docs_browser._site import SITE
from tests.docs_browser._visits import DESKTOP, HEIGHT, PHONE, Visit, too_wide, watch

SEARCHES = {
    "HF_TOKEN": (
        "reference/environment.html",
        "credentials.html",
        "huggingface.html",
        "troubleshooting.html#hf_token-is-not-set",
    ),
    "PC-STREAM-015": ("conformance/checks/stream.html#pc-stream-015",),
}
"""What is searched for, and the places one of which must be found first."""

_FIRST = 2
"""The first result is a page; the second one may be the place in it."""


@pytest.fixture(params=["http", "file"])
def start(request, site):
    """Return the address of the site, served or in its folder."""
    return site if request.param == "http" else SITE.as_uri()


@pytest.fixture
def opened(browser, start):
    """Return a function that opens the home page, and returns it with what happened."""
    contexts = []

    def open_home(width=DESKTOP):
        contexts.append(browser.new_context(viewport={"width": width, "height": HEIGHT}))
        page, visit = contexts[-1].new_page(), Visit()
        watch(page, start, visit)
        page.goto(f"{start}/index.html")
        return page, visit

    yield open_home
    for context in contexts:
        context.close()


def find(page: Page, text: str) -> list[str]:
    """Search for a text, and return the addresses of the first results, without their queries."""
    small = page.viewport_size["width"] < DESKTOP
    page.locator(".md-header__button[for=__search]" if small else ".md-search__input").click()
    page.locator(".md-search__input:focus").wait_for()
    page.keyboard.type(text)
    page.locator(".md-search-result__link").nth(_FIRST - 1).wait_for(state="attached")
    links = page.locator(".md-search-result__link").all()[:_FIRST]
    return [link.evaluate("(link) => link.href.replace(/[?][^#]*/, '')") for link in links]


@pytest.mark.parametrize("text", SEARCHES)
def test_search_leads_to_the_right_page(opened, start, text):
    """What was searched for is found first, and its page opens."""
    page, visit = opened()
    found = [address.removeprefix(f"{start}/") for address in find(page, text)]
    right = next((path for path in found if path in SEARCHES[text]), None)
    assert right, found
    page.locator(".md-search-result__link").nth(found.index(right)).click()
    page.wait_for_url(lambda url: url.startswith(f"{start}/{right.partition('#')[0]}"))
    assert text in page.inner_text("article")
    assert (visit.errors, visit.foreign, visit.failed) == ([], [], [])


def test_search_fits_a_phone(opened):
    """The results of a search are not wider than a phone."""
    page, _ = opened(PHONE)
    find(page, "HF_TOKEN")
    assert too_wide(page) == ""
