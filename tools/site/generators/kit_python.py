"""What the conformance kit exports for Python, rendered from its docstrings."""

from __future__ import annotations

from collections.abc import Iterable

import provider_conformance

from tools.site.page import Page
from tools.site.reference.markdown import page

FOLDER = "reference/provider-conformance"

_OPTIONS = "    options: {heading_level: 2, show_root_heading: true, show_bases: false}"


def pages() -> Iterable[Page]:
    """Yield the page."""
    module = provider_conformance.__name__
    names = [name for name in provider_conformance.__all__ if not name.startswith("__")]
    yield Page(
        f"{FOLDER}/python.md",
        page(
            "# The kit in Python",
            f"What `{module}` exports. [The kit's guide](../../conformance/index.md) shows how "
            "it is used.",
            *(f"::: {module}.{name}\n{_OPTIONS}" for name in sorted(names, key=str.lower)),
        ),
    )
