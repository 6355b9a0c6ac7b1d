"""The rules of the contract, with the names by which links lead to them."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from provider_conformance.contracts import Rule, rules

RULES_PAGE = "rules.md"


@cache
def rules_by_anchor() -> dict[str, Rule]:
    """Return the rules of the contract by the name of their place in the page of rules."""
    found: dict[str, Rule] = {}
    numbers: Counter[str] = Counter()
    for rule in rules():
        numbers[rule.section] += 1
        section = re.sub(r"\W+", "-", rule.section.lower()).strip("-")
        found[f"{section}-{numbers[rule.section]}"] = rule
    return found


def rules_of(id: str) -> dict[str, Rule]:
    """Return the rules that a check tests."""
    return {anchor: rule for anchor, rule in rules_by_anchor().items() if id in rule.ids}
