"""The report as a page: what failed comes first, and every check says what it is about."""

import json
import re
from dataclasses import replace

import pytest
from provider_conformance import Report, Result, all_checks, run
from provider_conformance.__main__ import main
from provider_conformance._version import __version__
from provider_conformance.contracts import CONTRACT
from provider_conformance.reports import origin_of, write_reports
from provider_conformance.reports._html import html
from provider_conformance.reports._message import parts_of
from provider_conformance.zoo import HARNESS
from provider_conformance.zoo.mutants.chat import FormatsText

from ._page import Page
from ._written import ORIGIN, write_report

BROKEN = replace(HARNESS, provider=FormatsText)


def written(report, folder):
    """Write the reports of a run, and return the text of the page."""
    write_reports(report, ORIGIN, folder)
    return (folder / f"{report.provider}.html").read_text("utf-8")


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """Return the page of a provider that spoils the text of its answers."""
    folder = tmp_path_factory.mktemp("broken")
    report = run(BROKEN, seed=3, only=["CHAT-001", "AUTH"])
    write_reports(report, origin_of(BROKEN, None), folder)
    return folder / "reference.html"


def test_page_asks_no_other_host_and_runs_no_script(broken):
    """The page loads nothing, has no script, and its links stay in the page."""
    text = broken.read_text("utf-8")
    assert re.findall(r"src=|@import|url\(|<script|<form", text) == []
    # An empty icon, or the browser would ask the host for one.
    assert Page(broken).having("link", "href") == ["data:,"]
    assert {link[0] for link in Page(broken).having("a", "href")} == {"#"}


def test_failure_shows_what_was_expected_and_what_happened(broken):
    """A failure has its rule, what was expected, what happened, the wire and the remedy."""
    text = Page(broken).text_of("PC-CHAT-001")
    heads = ("Rule", "Why", "Expected", "What happened", "Wire", "Remedy", "Run again")
    places = [text.index(head) for head in heads]
    assert places == sorted(places)
    assert "POST /v1/chat/completions" in text
    assert "provider-conformance run reference --only PC-CHAT-001 --seed 3" in text
    assert all_checks()["PC-CHAT-001"].why in text


def test_passing_check_opens_to_rule_and_why(tmp_path):
    """A check that passed says what the provider kept, and why that is demanded."""
    write_report(tmp_path, "acme")
    check = all_checks()["PC-AUTH-003"]
    text = Page(tmp_path / "acme.html").text_of("PC-AUTH-003")
    assert check.rule in text
    assert check.why in text


def test_failures_come_before_what_passed(tmp_path):
    """What did not pass stands in the page before the first check that did."""
    write_report(tmp_path, "acme", PC_LIFE_001="fail", PC_CHAT_002="warn")
    text = (tmp_path / "acme.html").read_text("utf-8")
    first_passed = text.index('id="PC-AUTH-001"')
    assert text.index('id="PC-LIFE-001"') < first_passed
    assert text.index('id="PC-CHAT-002"') < first_passed


def test_page_has_an_anchor_for_each_check_and_group(tmp_path):
    """Each id of a check and each group is the id of exactly one element."""
    write_report(tmp_path, "acme", PC_CHAT_009="fail")
    ids = [a["id"] for _, a, _ in Page(tmp_path / "acme.html").all if "id" in a]
    assert len(ids) == len(set(ids))
    checks = all_checks()
    assert {*checks, *(check.group for check in checks.values())} <= set(ids)


def test_links_within_the_page_lead_somewhere(tmp_path):
    """Every link of a page ends at an element of it."""
    write_report(tmp_path, "acme", PC_CHAT_009="fail")
    page = Page(tmp_path / "acme.html")
    ids = {a["id"] for _, a, _ in page.all if "id" in a}
    assert {link.removeprefix("#") for link in page.having("a", "href")} <= ids


def test_group_begins_at_what_failed(tmp_path):
    """In its group, a check that failed comes first, as a link to what happened."""
    write_report(tmp_path, "acme", PC_CHAT_009="fail")
    text = Page(tmp_path / "acme.html").text_of("CHAT")
    count = sum(check.group == "CHAT" for check in all_checks().values())
    assert text.startswith(f"CHAT {count - 1} of {count} fail PC-CHAT-009")


def test_groups_are_counted(tmp_path):
    """The list of groups says how many checks passed, and what became of the others."""
    write_report(tmp_path, "acme", PC_AUTH_001="fail", PC_AUTH_002="warn")
    count = sum(check.group == "AUTH" for check in all_checks().values())
    items = Page(tmp_path / "acme.html").texts("li")
    assert f"AUTH {count - 2} of {count} 1 fail 1 warn" in items


@pytest.mark.parametrize(
    ("statuses", "next", "lacks", "ids"),
    [
        ({}, "gold", "a replay of the real service", []),
        ({"PC_CHAT_001": "fail"}, "bronze", "1 check of severity MUST to pass", ["PC-CHAT-001"]),
        ({"PC_FUZZ_001": "fail"}, "silver", "1 check of severity MUST to pass", ["PC-FUZZ-001"]),
        ({"PC_CHAT_001": "fail", "PC_FUZZ_001": "fail"}, "bronze", "1 check", ["PC-CHAT-001"]),
    ],
)
def test_page_says_why_not_the_next_level(tmp_path, statuses, next, lacks, ids):
    """The page names the next level, what it takes, and the checks in the way."""
    write_report(tmp_path, "acme", **statuses)
    text = (tmp_path / "acme.html").read_text("utf-8")
    section = text[text.index('id="next"') : text.index("<nav")]
    assert f">Why not {next}?<" in section
    assert lacks in section
    assert re.findall(r'href="#([^"]+)"', section) == ids


def test_many_checks_in_the_way_are_counted(tmp_path):
    """Of many checks in the way the first twelve are named, and the others counted."""
    failed = {id.replace("-", "_"): "fail" for id in list(all_checks())[:16]}
    write_report(tmp_path, "acme", **failed)
    text = (tmp_path / "acme.html").read_text("utf-8")
    section = text[text.index('id="next"') : text.index("<nav")]
    assert section.count("href=") == 12
    assert ", and 4 more<" in section


def test_page_of_a_part_names_what_did_not_run(tmp_path):
    """If a few checks of the contract did not run, the page names them."""
    ids = list(all_checks())
    write_report(tmp_path, "acme", only=len(ids) - 2)
    text = (tmp_path / "acme.html").read_text("utf-8")
    assert f"Did not run: <code>{ids[-2]}</code>, <code>{ids[-1]}</code><" in text


def test_page_tells_date_and_versions(tmp_path):
    """Date, Python, kit, contract and provider of the run stand in the page."""
    origin = {"installed": "acme-provider 3.0"}
    beside = write_report(tmp_path, "acme", origin=origin).with_suffix(".run.json")
    data = json.loads(beside.read_bytes())
    text = Page(tmp_path / "acme.html").texts("dl")[-1]
    assert f"Date{data['date']}" in text
    assert f"Python{data['python']}" in text
    assert f"Contract{CONTRACT} Kit{__version__} Providerchecked acme-provider 3.0" in text
    assert f"pytest {data['versions']['pytest']}" in text


def test_page_is_the_same_from_its_reports(tmp_path, monkeypatch):
    """What ``report`` writes again from the files of a run is the same page, to the byte."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "harness.py").write_text("from provider_conformance.zoo import HARNESS\n")
    call = ["harness.py", "--reports", "reports"]
    assert main(["run", *call, "--seed", "1"]) == 0
    page = tmp_path / "reports" / "reference.html"
    before = page.read_bytes()
    page.write_text("")
    assert main(["report", *call]) == 0
    assert page.read_bytes() == before


def test_refused_check_says_what_is_not_declared(tmp_path):
    """A capability that was refused is named where the check is opened."""
    write_report(tmp_path, "acme")
    page = Page(tmp_path / "acme.html")
    refused = next(id for id, check in all_checks().items() if "images" in check.needs)
    assert "does not declare images, and refused the call." in page.text_of(refused)


def test_check_of_another_credential_rule_says_so(tmp_path):
    """A check of a credential rule that the provider does not have says what was tested."""
    write_report(tmp_path, "acme", PC_AUTH_001="refused")
    said = Page(tmp_path / "acme.html").text_of("PC-AUTH-001")
    assert "has another credential rule" in said


def test_message_of_another_form_is_shown_whole(tmp_path):
    """A message that has no parts is shown as it is."""
    result = Result(
        "PC-CHAT-001", "fail", "MUST", "A title", "it <b>fell</b> over\nand out", "respx"
    )
    text = written(Report("odd", "mock", 1, [result]), tmp_path)
    assert "<pre>it &lt;b&gt;fell&lt;/b&gt; over\nand out</pre>" in text


def test_check_that_the_kit_does_not_have_is_shown(tmp_path):
    """A result of a check that this kit does not know says so."""
    result = Result("PC-CHAT-999", "pass", "MUST", "A title", "", "respx")
    written(Report("odd", "mock", 1, [result]), tmp_path)
    assert "does not have the check" in Page(tmp_path / "odd.html").text_of("PC-CHAT-999")


def test_only_addresses_of_the_web_become_links(tmp_path):
    """The link of a limit is a link if it leads to the web, else a text."""
    file = write_report(tmp_path, "acme", limits=2)
    text = file.with_suffix(".html").read_text("utf-8")
    assert '<a href="https://a.b" rel="noreferrer">https://a.b</a>' in text
    report = Report.from_dict(json.loads(file.read_text().replace("https://a.b", "script:alert()")))
    assert 'href="script' not in written(replace(report, provider="other"), tmp_path)


@pytest.mark.parametrize("field", ["id", "status", "severity"])
def test_report_changed_by_hand_has_no_page(tmp_path, field):
    """A field that no run writes, such as markup in an id, makes a file not a report."""
    data = json.loads(write_report(tmp_path, "acme").read_text())
    data["results"][0][field] = "PC-<script>alert()</script>-001"
    with pytest.raises(ValueError, match="not a report"):
        Report.from_dict(data)


def test_page_has_no_control_characters(tmp_path):
    """What others say of versions cannot turn the direction of the page, or break its file."""
    odd = {"date": "1\x00", "python": "2\u202e", "versions": {"acme\x1b": "3\ud800"}}
    report = Report("acme", "mock", 1, [])
    text = html(report, report.standing, odd)
    assert re.findall(r"[\x00-\x08\x0b-\x1f\u202e\ud800]", text) == []
    assert r"acme\x1b" in text


MESSAGE = """PC-CHAT-001 MUST A title.
  rule      it holds
  expected  the text: one

            and more
  actual    two
  run again provider-conformance run x"""


def test_message_is_read_back_into_its_parts():
    """Each part of a message has its label, and keeps its lines and what is blank between them."""
    assert parts_of(MESSAGE) == {
        "rule": "it holds",
        "expected": "the text: one\n\nand more",
        "actual": "two",
        "run again": "provider-conformance run x",
    }


@pytest.mark.parametrize(
    "message",
    [
        "",
        "one line",
        f"{MESSAGE}\nnot indented",
        MESSAGE.replace("  actual ", "  strange"),
        f"{MESSAGE}\n  actual    again",
    ],
)
def test_message_of_another_form_has_no_parts(message):
    """Nothing of a message of another form can be lost, because none of it is taken for a part."""
    assert parts_of(message) == {}
