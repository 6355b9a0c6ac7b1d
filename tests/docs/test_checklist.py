"""The checklist for authors is made from the contract and the checks."""

from dataclasses import replace

import pytest
from provider_conformance import all_checks
from provider_conformance.contracts import rules

from tools.site.generators import checklist


def lines(known=None, checks=None):
    """Return the lines of the page, for other rules or checks if they are given."""
    known = rules() if known is None else known
    checks = list(all_checks().values()) if checks is None else checks
    return "\n".join(checklist.lines_of(known, checks)).splitlines()


def rows(found):
    """Return the rows that an author ticks."""
    return [line for line in found if line.startswith("| ☐")]


def test_every_rule_with_checks_is_a_row():
    """Each rule that a check tries has one row."""
    text = "\n".join(lines())
    tried = [rule for rule in rules() if rule.ids]
    assert [
        rule.text for rule in tried if f"| ☐ | {checklist.escaped(rule.text)} |" not in text
    ] == []


def test_rule_that_is_removed_has_no_row():
    """The page has one row less for a rule less."""
    assert len(rows(lines(known=rules()[1:]))) == len(rows(lines())) - 1


def test_check_that_is_removed_changes_the_page():
    """The number of checks, and the row of a SHOULD, follow the checks."""
    checks = list(all_checks().values())
    should = next(check for check in checks if check.severity == "SHOULD")
    fewer = [check for check in checks if check is not should]
    assert f"its {len(fewer)} checks" in "\n".join(lines(checks=fewer))
    assert len(rows(lines(checks=fewer))) == len(rows(lines())) - 1


def test_new_section_must_say_where_it_is_kept():
    """A section of the contract without a place for its rules ends the build."""
    with pytest.raises(KeyError, match="Elsewhere"):
        lines(known=[replace(rules()[0], section="Elsewhere")])


def test_markup_in_a_rule_is_text():
    """Characters of a rule that mean something to Markdown or HTML are escaped."""
    assert checklist.escaped("<think> a_b|c") == "&lt;think> a\\_b\\|c"
