"""The checklist for authors of a provider: what the contract asks, and the checks that try it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import get_args

from provider_conformance import Check, all_checks
from provider_conformance.contracts import CONTRACT, Rule, rules
from provider_conformance.reports import OUTSIDE_BRONZE
from provider_sdk import Capability

from tools.site.page import Page

PATH = "reference/provider-checklist.md"
SHOWN = 4
"""How many checks of one group are named; for more, the first is, and how many there are."""

PLACES: Mapping[str, str] = {
    "Construction": "Class attributes of the provider, and `auth_headers`.",
    "Health": "`check_health`; by default it reads the model list with the credential.",
    "Messages": "`chat_request`.",
    "Options": "`chat_request`, `capabilities` and `forbidden_sampling`.",
    "Answers": "`parse_chat` and the stream decoder.",
    "Usage": "`parse_chat` and the stream decoder.",
    "Tools": "`chat_request`, `parse_chat` and the stream decoder, if the service has tools.",
    "Streams": "The stream decoder; `HttpProvider` does the rest.",
    "Errors": "`parse_error`, `parse_models`, and what a decoder reports as `StreamFailure`.",
    "Time": "`HttpProvider` does it, if the dialect keeps the class of each error right.",
    "Secrets": "`HttpProvider` does it; put no credential into a text of your own.",
}
"""Where an author finds what the rules of a section are about."""

INTRODUCTION = """\
# Checklist for a provider

All that the contract asks of a provider, with the checks that try it, in the order of the contract.
[Add a provider](../adding_providers.md) shows how to write one.

The list is made from contract {contract} and its {count} checks when the site is built. Bronze
takes the {bronze} checks that are a MUST and in neither {outside}, Silver all {count}.
`provider-conformance explain ID` prints why a check is there, and what to change."""

CAPABILITIES = """\
Declare in `capabilities` what the service can do. Of what you do not declare, a check tries that
the call is refused with `UnsupportedCapabilityError` before anything is sent; then it passes."""


def pages() -> Iterable[Page]:
    """Return the page."""
    yield Page(PATH, "\n".join(lines_of(rules(), list(all_checks().values()))) + "\n")


def lines_of(known: Sequence[Rule], checks: Sequence[Check]) -> Iterator[str]:
    """Yield the lines of the page for these rules and checks.

    Raises:
        KeyError: ``PLACES`` lacks a section of the rules.
    """
    bronze = sum(c.severity == "MUST" and c.group not in OUTSIDE_BRONZE for c in checks)
    yield INTRODUCTION.format(
        contract=CONTRACT, count=len(checks), bronze=bronze, outside=" nor ".join(OUTSIDE_BRONZE)
    )
    yield from _sections(known)
    yield from _capabilities(checks)
    yield from _shoulds(checks)


def _sections(known: Sequence[Rule]) -> Iterator[str]:
    for section, found in groupby(known, key=lambda rule: rule.section):
        tried = [rule for rule in found if rule.ids]
        if not tried:
            continue
        yield from (
            "",
            f"## {section}",
            "",
            PLACES[section],
            "",
            "| | rule | checks |",
            "|---|---|---|",
        )
        for rule in tried:
            yield f"| ☐ | {escaped(rule.text)} | {_links(rule.ids)} |"


def _capabilities(checks: Sequence[Check]) -> Iterator[str]:
    yield from ("", "## Capabilities", "", CAPABILITIES)
    yield from ("", "| | capability | checks that use it |", "|---|---|---|")
    for name in get_args(Capability):
        used = [check.id for check in checks if name in check.needs]
        yield f"| ☐ | `{name}` | {_links(used) or 'none'} |"


def _shoulds(checks: Sequence[Check]) -> Iterator[str]:
    yield from ("", "## For Silver", "")
    yield "A provider that fails one of these can reach Bronze, but not Silver."
    yield from ("", "| | SHOULD | check |", "|---|---|---|")
    for check in checks:
        if check.severity == "SHOULD":
            yield f"| ☐ | {escaped(check.title)} | {_link(check.id)} |"


def _links(ids: Sequence[str]) -> str:
    return ", ".join(
        _named(list(found))
        for _, found in groupby(sorted(ids), key=lambda id: id.rsplit("-", 1)[0])
    )


def _named(ids: Sequence[str]) -> str:
    if len(ids) <= SHOWN:
        return ", ".join(map(_link, ids))
    return f"{_link(ids[0])} and {len(ids) - 1} more of {ids[0].split('-')[1]}"


def _link(id: str) -> str:
    # The page of a check is found by the anchor of its heading, wherever the heading is.
    return f"[{id}][{id.lower()}]"


def escaped(text: str) -> str:
    """Return a sentence whose characters mean nothing to Markdown."""
    for character in "\\`*_[]|":
        text = text.replace(character, f"\\{character}")
    return text.replace("<", "&lt;")
