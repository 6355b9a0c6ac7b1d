"""``docs``: prints a guide."""

from __future__ import annotations

import argparse
from pathlib import Path

from provider_conformance.commands._say import say
from provider_conformance.lab._exceptions import KIT

HELP = "print a guide"
_PAGES = {
    "wire": ("wires/index.md", "how to write a wire, the service's side of a protocol"),
    "dialect": ("dialects/index.md", "how to write a dialect, the provider's side"),
    "kit": ("conformance/index.md", "how to use the kit, and how to read what it says"),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("guide", nargs="?", choices=_PAGES, help="which; without it, all are named")


def main(options: argparse.Namespace) -> int:
    """Print the page, and where the files are that it links to."""
    if options.guide is None:
        for name, (_, subject) in _PAGES.items():
            say(f"provider-conformance docs {name:<8} {subject}")
        return 0
    page = guides_folder() / _PAGES[options.guide][0]
    say(page.read_text(encoding="utf-8"))
    say("(What the site says of each check and rule, the commands `explain` and `rules` print.)")
    say(f"(This page and the others that it links to are in {page.parent}.)")
    return 0


def guides_folder() -> Path:
    """Return the folder of the guides: inside the installed kit, or ``docs`` of a checkout."""
    shipped = KIT / "guides"
    return shipped if shipped.is_dir() else KIT.parents[2] / "docs"
