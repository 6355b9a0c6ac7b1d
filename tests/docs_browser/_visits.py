"""Opens pages in the browser, and notes what a reader would suffer from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

PHONE, DESKTOP = 390, 1280
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
View = tuple[int, str]
"""A width of the window in pixels, and a color scheme."""

HEIGHT = 900
_LOCAL = ("data:", "blob:", "about:")
_STILL = "*, ::before, ::after { transition: none !important; animation: none !important; }"
_OVERFLOWING = """() => {
  const wide = [...document.querySelectorAll('body *')].filter(
    (each) => each.getBoundingClientRect().right > innerWidth + 1);
  const name = (each) => each.tagName.toLowerCase() + (each.id ? '#' + each.id : '')
    + [...each.classList].map((word) => '.' + word).join('');
  return document.documentElement.scrollWidth > innerWidth
    ? `${document.documentElement.scrollWidth} pixels: ${wide.slice(0, 5).map(name).join(', ')}`
    : '';
}"""
# What is closed must fit too, and be readable.
_OPEN = "document.querySelectorAll('details').forEach((each) => { each.open = true })"
_AXE = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"


@dataclass(frozen=True)
class Fault:
    """A rule of accessibility that an element of a page breaks."""

    rule: str
    page: str
    view: View
    element: str
    html: str
    help: str

    def __str__(self) -> str:
        width, scheme = self.view
        return f"{self.rule} at {width} {scheme}: {self.element}: {self.help}\n    {self.html}"


@dataclass
class Visit:
    """What happened while a page was open in all widths and schemes.

    Attributes:
        wide: for each view in which the page is wider than the window, by how much, and why.
        errors: what stood on the console.
        failed: requests that failed.
        foreign: requests to another place than the site.
        faults: what is not accessible.
    """

    wide: dict[View, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class Visitor:
    """Visits pages, each once, in one window of one browser."""

    def __init__(self, browser: Browser, axe: str, address: str) -> None:
        # The theme keeps the colors of the first visit, so that each scheme needs a context.
        self._contexts = {
            scheme: browser.new_context(color_scheme=scheme, reduced_motion="reduce")
            for scheme in SCHEMES
        }
        self._axe, self._address = axe, address
        self._visits: dict[str, Visit] = {}

    def visit(self, path: str) -> Visit:
        """Return what a visit of a page of the site found."""
        if path not in self._visits:
            self._visits[path] = self._new_visit(path)
        return self._visits[path]

    def _new_visit(self, path: str) -> Visit:
        visit = Visit()
        for scheme, context in self._contexts.items():
            with context.new_page() as page:
                watch(page, self._address, visit)
                page.goto(f"{self._address}/{path}")
                page.add_style_tag(content=_STILL)
                page.evaluate(_OPEN)
                page.evaluate(self._axe)
                for width in (DESKTOP, PHONE):
                    page.set_viewport_size({"width": width, "height": HEIGHT})
                    if wide := too_wide(page):
                        visit.wide[width, scheme] = wide
                    visit.faults += _faults(page, path, (width, scheme))
        return visit


def too_wide(page: Page) -> str:
    """Return by how much a page is wider than the window, and why; ``""`` if it is not."""
    return str(page.evaluate(_OVERFLOWING))


def watch(page: Page | BrowserContext, address: str, visit: Visit) -> None:
    """Note from now on what a page requests, and what it says on the console."""

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            visit.errors.append(message.text)

    def see(request: Request) -> None:
        if not request.url.startswith((f"{address}/", *_LOCAL)):
            visit.foreign.append(request.url)

    def answer(response: Response) -> None:
        if response.status >= 400:
            visit.failed.append(f"{response.status} {response.url}")

    page.on("console", hear)
    page.on("request", see)
    page.on("response", answer)
    page.on("requestfailed", lambda request: visit.failed.append(request.url))
    if isinstance(page, Page):
        page.on("pageerror", lambda error: visit.errors.append(str(error)))


def _faults(page: Page, path: str, view: View) -> list[Fault]:
    return [
        Fault(
            rule["id"],
            path,
            view,
            " ".join(map(str, node["target"])),
            node["html"][:300],
            _first_line(node["failureSummary"]),
        )
        for rule in page.evaluate(_AXE)
        for node in rule["nodes"]
    ]


def _first_line(text: str) -> str:
    return text.partition("\n")[2].strip().partition("\n")[0]
