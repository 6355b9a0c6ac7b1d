"""One browser, and the built site on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.docs_browser._server import served
from tests.docs_browser._site import SITE
from tests.docs_browser._tools import (
    MissingToolError,
    axe_script,
    browser_arguments,
    browser_file,
)
from tests.docs_browser._visits import Visitor


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; without it all ends here, with what to install."""
    try:
        file = browser_file()
    except MissingToolError as error:
        pytest.exit(str(error), returncode=1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=file, args=browser_arguments())
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The program of axe; without it all ends here, with what is missing."""
    try:
        return axe_script()
    except MissingToolError as error:
        pytest.exit(str(error), returncode=1)


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the built site."""
    if not (SITE / "index.html").is_file():
        pytest.exit("there is no site; build it with: python -m tools.site", returncode=1)
    with served(SITE) as address:
        yield address


@pytest.fixture(scope="session")
def visitor(browser: Browser, axe: str, site: str) -> Visitor:
    """Who visits the pages of the site."""
    return Visitor(browser, axe, site)
