"""The built pages about the kit are what the registry says now."""

import re
from collections import Counter

import pytest
from provider_conformance import all_checks
from provider_conformance.checks import GROUP_SUBJECTS, GROUPS
from provider_conformance.contracts import contract_ids, rules
from provider_conformance.coverage import all_rows
from provider_conformance.zoo import registered_mutants, registered_right

from tools.site.kit.mutant_code import mutant_code

from ._kit_site import SITE, built

CHECKS = "conformance/checks"
CHECK_ANCHOR = re.compile(r"pc-[a-z]+-\d{3}")


def anchors_of_checks(group):
    """Return the anchors of checks in the page of a group, in order."""
    return [a for a in built(f"{CHECKS}/{group.lower()}.html").anchors if CHECK_ANCHOR.fullmatch(a)]


def plain(text):
    """Return a text without the marks of code, which a page does not show."""
    return " ".join(text.replace("`", "").split())


@pytest.mark.parametrize("group", GROUPS)
def test_group_has_exactly_its_checks(group):
    """Every check has one anchor, in the page of its group, and there is no other."""
    known = [id.lower() for id, check in all_checks(mode=None).items() if check.group == group]
    assert anchors_of_checks(group) == known


@pytest.mark.parametrize("group", GROUPS)
def test_entry_has_the_texts_of_its_check(group):
    """Title, rule, reason, method and remedy of every check are on the page."""
    words = plain(built(f"{CHECKS}/{group.lower()}.html").words)
    lost = [
        f"{check.id}: {text}"
        for check in all_checks(mode=None).values()
        if check.group == group
        for text in (check.title.rstrip("."), check.rule, check.why, check.how, check.fix)
        if plain(text) not in words
    ]
    assert lost == []


@pytest.mark.parametrize("group", GROUPS)
def test_mutant_is_shown_with_its_code(group):
    """The page of a group has the code of each mutant that its checks must fail."""
    words = built(f"{CHECKS}/{group.lower()}.html").words
    lost = [
        mutant.name
        for mutant in registered_mutants().values()
        if mutant.kills.split("-")[1] == group
        and " ".join(mutant_code(mutant).split()) not in words
    ]
    assert lost == []


def test_no_page_of_a_removed_group_is_left():
    """Each page of the folder belongs to a group, or is one of the overviews."""
    overviews = {"index", "rules", "coverage", "kill-matrix", "right-zoo"}
    found = {file.stem for file in (SITE / CHECKS).glob("*.html")}
    assert found == {group.lower() for group in GROUPS} | overviews


def test_overview_counts_each_group():
    """The overview counts the checks of each group by severity, and the mutants."""
    rows = {row["Group"].text.strip(): row for row in built(f"{CHECKS}/index.html").table("Group")}
    checks = all_checks(mode=None).values()
    kills = Counter(mutant.kills.split("-")[1] for mutant in registered_mutants().values())
    for group in GROUPS:
        found = Counter(check.severity for check in checks if check.group == group)
        shown = [int(rows[group][head].text) for head in ("MUST", "SHOULD", "All", "Mutants")]
        assert shown == [found["MUST"], found["SHOULD"], found.total(), kills[group]], group
    assert rows.keys() == {*GROUPS, "All"}


def test_overview_says_what_each_group_is_about():
    """Each group has its sentence."""
    rows = {row["Group"].text.strip(): row for row in built(f"{CHECKS}/index.html").table("Group")}
    told = {group: rows[group]["What it is about"].text.strip() for group in GROUPS}
    assert told == dict(GROUP_SUBJECTS)


def test_overview_counts_what_a_level_takes():
    """The numbers of checks per level are those of the frozen contract, and of the other modes."""
    known = all_checks(mode=None)
    musts = [known[id] for id in contract_ids() if known[id].severity == "MUST"]
    modes = Counter(check.mode for check in known.values())
    silver = len(contract_ids())
    rows = built(f"{CHECKS}/index.html").table("Level")
    assert {row["Level"].text: int(row["Checks"].text) for row in rows} == {
        "Bronze": sum(check.group not in ("FUZZ", "LIFE") for check in musts),
        "Silver": silver,
        "Gold": silver + modes["replay"],
        "Platinum": silver + modes["replay"] + modes["live"],
    }


def test_every_rule_is_listed_with_its_checks():
    """The page of rules has each rule, in order, with a link to each check or the reason."""
    page = built(f"{CHECKS}/rules.html")
    rows = [row for table in page.tables for row in table[1:]]
    found = [re.findall(r"PC-[A-Z]+-\d{3}", row[1].text) for row in rows]
    assert found == [list(rule.ids) for rule in rules()]
    assert [len(row[1].links) for row in rows] == [len(rule.ids) for rule in rules()]


def test_every_rule_is_linked_from_a_check():
    """Each rule that a check tests is linked from the entry of that check."""
    pages = [built(f"{CHECKS}/{group.lower()}.html") for group in GROUPS]
    linked = {link for page in pages for link in page.links if link.startswith("rules.html#")}
    anchors = [a for a in built(f"{CHECKS}/rules.html").anchors if f"rules.html#{a}" in linked]
    assert len(anchors) == sum(bool(rule.ids) for rule in rules())
    assert len(anchors) == len(linked)


def test_kill_matrix_has_every_mutant():
    """The kill matrix was run in this build, and names each mutant and the check that fails it."""
    rows = [row for table in built(f"{CHECKS}/kill-matrix.html").tables for row in table[1:]]
    assert {row[0].text: row[2].text for row in rows} == {
        name: mutant.kills for name, mutant in registered_mutants().items()
    }
    for row in rows:
        assert plain(registered_mutants()[row[0].text].because) in plain(row[3].text)


def test_right_zoo_has_every_provider():
    """The page of the right zoo has each provider and its warnings."""
    rows = built(f"{CHECKS}/right-zoo.html").table("Provider")
    found = {
        row["Provider"].text: set(re.findall(r"PC-[A-Z]+-\d{3}", row["Warns"].text)) for row in rows
    }
    assert found == {name: set(right.warns) for name, right in registered_right().items()}


def test_coverage_has_every_form():
    """The coverage was measured in this build, and has each row and form."""
    tables = built(f"{CHECKS}/coverage.html").tables
    shown = Counter(
        (row[0].text.strip(), row[1].text.strip()) for table in tables for row in table[1:]
    )
    expected = Counter(
        (f"{row.field} {row.place}".strip(), form.name) for row in all_rows() for form in row.forms
    )
    assert shown == expected


@pytest.mark.parametrize("name", [*(group.lower() for group in GROUPS), "rules", "kill-matrix"])
def test_markup_of_a_text_is_shown_as_text(name):
    """What looks like markup in a text of the kit is shown, and not taken for markup."""
    page = built(f"{CHECKS}/{name}.html")
    assert "<think>" not in page.text
    assert not re.search(r"<(?:script|think|tool_call)\b", page.text)
