"""``python -m tests.docs_browser.screenshots``: pictures of the main pages, to be looked at.

They are written into ``reports/screenshots``, in both widths and both color schemes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from playwright.sync_api import sync_playwright

from tests.docs_browser._server import served
from tests.docs_browser._site import SITE, pages
from tests.docs_browser._tools import MissingToolError, browser_arguments, browser_file
from tests.docs_browser._visits import DESKTOP, PHONE, SCHEMES
from tools.site.page import ROOT

FOLDER = ROOT / "reports" / "screenshots"
_HEIGHT = 1600


def main(paths: Sequence[str]) -> int:
    """Save pictures of these pages of the site, or of the main ones; return the exit code."""
    try:
        file = browser_file()
    except MissingToolError as error:
        print(error, file=sys.stderr)
        return 1
    shown = [path for path in paths or pages() if (SITE / path).is_file()]
    with served(SITE) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=file, args=browser_arguments())
        for scheme in SCHEMES:
            for width in (DESKTOP, PHONE):
                view = {"width": width, "height": _HEIGHT}
                context = browser.new_context(viewport=view, color_scheme=scheme)
                page = context.new_page()
                for path in shown:
                    page.goto(f"{address}/{path}")
                    name = path.removesuffix(".html").replace("/", "-")
                    page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png")
                context.close()
        browser.close()
    print(f"{len(shown)} pages: {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
