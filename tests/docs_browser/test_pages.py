"""The pages of the built site in a browser: in both widths and both color schemes."""

from __future__ import annotations

import pytest

from tests.docs_browser._site import NAMED, SITE, every_page, pages
from tests.docs_browser._visits import PHONE, too_wide

PAGES = pages()


@pytest.mark.parametrize("page", NAMED)
def test_named_page_exists(page):
    """Each page that readers look for first is there."""
    assert (SITE / page).is_file()


@pytest.mark.parametrize("page", PAGES)
def test_page_fits_its_window(visitor, page):
    """No page is wider than the window, with everything on it opened."""
    assert visitor.visit(page).wide == {}


@pytest.mark.parametrize("page", PAGES)
def test_page_says_nothing_on_the_console(visitor, page):
    """No page has an error on the console."""
    assert visitor.visit(page).errors == []


@pytest.mark.parametrize("page", PAGES)
def test_page_requests_only_what_the_site_has(visitor, page):
    """No page requests anything from another place, or anything that is not there."""
    visit = visitor.visit(page)
    assert (visit.foreign, visit.failed) == ([], [])


@pytest.mark.parametrize("page", PAGES)
def test_page_is_accessible(visitor, page):
    """No page breaks a rule of axe."""
    faults = [str(fault) for fault in visitor.visit(page).faults]
    assert not faults, "\n".join(faults)


def test_every_page_fits_a_phone(browser, site):
    """No page of the whole site is wider than a phone."""
    context = browser.new_context(viewport={"width": PHONE, "height": 900})
    wide = {}
    with context.new_page() as page:
        for path in every_page():
            page.goto(f"{site}/{path}")
            if found := too_wide(page):
                wide[path] = found
    context.close()
    assert wide == {}
