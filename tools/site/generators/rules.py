"""The page of rules: each rule of the contract, with the checks that test it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provider_conformance.contracts import CONTRACT, Rule

from tools.site.kit.prose import linked, prose
from tools.site.kit.rule_ids import RULES_PAGE, rules_by_anchor
from tools.site.page import Page


def pages() -> Iterable[Page]:
    """Yield the page."""
    yield Page(f"conformance/checks/{RULES_PAGE}", "\n".join([*_lines(), ""]))


def _lines() -> Iterator[str]:
    known = rules_by_anchor()
    untested = sum(not rule.ids for rule in known.values())
    yield from ("# Rules and the checks that test them", "")
    yield f"Each rule of contract {CONTRACT} with the checks that test it, or with the reason why"
    yield "none does. Each check belongs to at least one rule."
    yield from ("", f"{len(known)} rules, {untested} of them with a reason instead of a check.")
    section = ""
    for anchor, rule in known.items():
        if rule.section != section:
            section = rule.section
            yield from ("", f"## {section}", "", "| Rule | Checks |", "|---|---|")
        yield f'| <span id="{anchor}"></span>{prose(rule.text)} | {_tested_by(rule)} |'


def _tested_by(rule: Rule) -> str:
    return linked(", ".join(rule.ids)) if rule.ids else f"none: {prose(rule.excluded)}"
