"""The first page of the reference: what there is to look up."""

from __future__ import annotations

from collections.abc import Iterable

from tools.site.page import Page
from tools.site.reference.markdown import page, table

_PAGES = (
    ("commands/index.md", "Commands of `ollama-cli`", "every command, verb, argument and option"),
    ("slash-commands.md", "Slash commands", "every command within the chat"),
    ("provider-conformance/index.md", "Commands of `provider-conformance`", "the kit's command"),
    ("provider-conformance/python.md", "The kit in Python", "what `provider_conformance` exports"),
    ("settings.md", "Settings", "every key of `settings.json`"),
    ("environment.md", "Environment variables", "every variable, and who reads it"),
    ("exit-codes.md", "Exit codes", "what each one says"),
    ("errors.md", "Errors", "every class, its exit code and its type in JSON"),
    ("messages.md", "Error messages", "everything that can be said, and what to do"),
    (
        "provider-conformance/messages.md",
        "Messages of the kit",
        "what `provider-conformance` says if it cannot go on",
    ),
    ("schemas/index.md", "JSON schemas", "the shape of every JSON, with an example"),
)

FOLDER = "reference"


def pages() -> Iterable[Page]:
    """Yield the page."""
    yield Page(
        f"{FOLDER}/index.md",
        page(
            "# Reference",
            "What to look up: these pages are made from the code at each build, so they say what "
            "it does now.",
            table(
                ("page", "what is on it"),
                ((f"[{title}]({path})", what) for path, title, what in _PAGES),
            ),
            "[Troubleshooting](../troubleshooting.md) leads from a symptom to its cause and to "
            "what to do.",
        ),
    )
