"""The pages of the providers have one order, and say what the errors of the services become."""

from __future__ import annotations

import re

import pytest
from ollama_cli.command_line.exit_codes import exit_code
from provider_conformance.matrix import declared_providers

from ._fences import ROOT
from ._refusals import REFUSALS, Refusal, error_of

PAGES = {
    "hf": "huggingface",
    "claude": "claude",
    "gemini": "gemini",
    "ollama": "ollama",
    "codex": "openai",
    "openai": "openai",
}
ORDER = ["Key", "Models", "Special options", "Limits", "Errors"]
_FROM = re.compile(r" ?The credential came from .*")


def _page(name: str) -> str:
    return (ROOT / "docs" / f"{PAGES[name]}.md").read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_headings_have_one_order(name: str) -> None:
    """Key, models, options, limits and errors follow each other on every page."""
    found = re.findall(r"^#{2,3} (.+)$", _page(name), re.MULTILINE)
    first = [found.index(title) for title in ORDER]

    assert first == sorted(first)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.id)
async def test_what_an_error_becomes_is_on_the_page(refusal: Refusal) -> None:
    """A row has the status, the service's message, what the error adds, and the exit code."""
    error = await error_of(refusal)
    hint = _FROM.sub("", error.hint or "")

    message = error.message.replace("`", "")
    row = f"| {refusal.status} | {message} | {hint} | {exit_code(error)} |"
    assert row in _page(refusal.provider)


def test_every_provider_has_a_page() -> None:
    """No provider of the workspace is without one, and none without an error."""
    ours = {name for name, _ in declared_providers(ROOT)}

    assert ours == PAGES.keys() == {refusal.provider for refusal in REFUSALS}
