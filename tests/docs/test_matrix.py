"""The built matrix of providers says what the runs of this build say, and nothing else."""

import json
import re
import shutil

import pytest
from provider_conformance import __version__
from provider_conformance.contracts import CONTRACT, contract_ids
from provider_conformance.reports import body_digest

from tools.site.kit.runs import files_of, fresh_columns, provider_names

from ._kit_site import SITE, BuiltPage, built, main_part
from ._matrix_check import problems_of

MATRIX = SITE / "matrix"
NAMES = provider_names()


@pytest.fixture(scope="module")
def html():
    """Return the HTML of the matrix."""
    return built("matrix/index.html").text


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the folder of the matrix, to be changed."""
    return shutil.copytree(MATRIX, tmp_path / "matrix")


def test_every_provider_has_a_row():
    """The matrix has every provider of the workspace and the router, and no other."""
    rows = built("matrix/index.html").table("Provider")
    assert [row["Provider"].text.strip() for row in rows] == NAMES


def test_every_number_is_that_of_a_run(html):
    """Each level, badge, count, date and link can be recomputed from the result files."""
    assert list(problems_of(BuiltPage(html), MATRIX)) == []


@pytest.mark.parametrize("name", NAMES)
def test_results_are_whole(name):
    """The results are those that their run wrote, of every check, with this kit and contract."""
    body = (MATRIX / f"{name}.json").read_bytes()
    report, run = (
        json.loads((MATRIX / f"{name}{end}").read_text()) for end in (".json", ".run.json")
    )
    assert body_digest(body) == run["report_digest"]
    assert (report["kit"], report["contract"]) == (__version__, CONTRACT)
    assert {result["id"] for result in report["results"]} >= contract_ids()


def test_runs_are_about_the_code_as_it_is_now():
    """The kit accepts the reports of each provider as a proof, and the site shows just those."""
    fresh = {column.provider: column for column in fresh_columns()}
    assert sorted(fresh) == NAMES
    for column in fresh.values():
        assert column.problems == []
        for file in files_of(column):
            assert (MATRIX / file.name).read_bytes() == file.read_bytes(), file.name


def test_planted_column_is_noticed(html):
    """A provider without a run, in the summary and in the groups, is noticed."""
    row = re.search(r"<tr>\s*<td><a href=\"claude\.html\">.*?</tr>", html, re.DOTALL)[0]
    planted = html.replace(row, row + row.replace("claude", "invented"), 1)
    assert "invented has no result file" in list(problems_of(BuiltPage(planted), MATRIX))


def test_planted_cell_is_noticed(html):
    """A cell of a group that did not run is noticed."""
    row = re.search(r"<tr>\s*<td><a href=\"[^\"]*live\.html\">LIVE</a>.*?</tr>", html, re.DOTALL)[0]
    planted = html.replace(row, row.replace("<td>-</td>", "<td>✓ 7 of 7</td>", 1))
    assert planted != html
    found = list(problems_of(BuiltPage(planted), MATRIX))
    assert found == [f"LIVE of {NAMES[0]} was not run, and the cell says '✓ 7 of 7'"]


def test_changed_number_is_noticed(html):
    """A cell that says more than its run is noticed."""
    planted = html.replace("16 of 16", "17 of 17", 1)
    assert any("AUTH of" in problem for problem in problems_of(BuiltPage(planted), MATRIX))


def test_foreign_badge_is_noticed(html, copy):
    """A badge with another level than that of its run is noticed."""
    badge = copy / f"{NAMES[0]}.svg"
    badge.write_text(badge.read_text().replace(": silver", ": platinum"))
    assert list(problems_of(BuiltPage(html), copy)) == [
        f"{NAMES[0]}: the badge is not that of its run"
    ]


def test_missing_run_is_noticed(html, copy):
    """A row whose results are gone is noticed."""
    (copy / f"{NAMES[0]}.html").unlink()
    assert any(
        f"{NAMES[0]}.html is no file" in found for found in problems_of(BuiltPage(html), copy)
    )


def test_page_has_no_other_table(html):
    """A further table, which nothing recomputes, is noticed."""
    planted = html.replace("</article>", "<table><tr><th>x</th></tr></table></article>")
    assert any("other tables" in found for found in problems_of(BuiltPage(planted), MATRIX))


def test_reports_are_the_kits_own_pages():
    """What a cell opens is a page of the kit, not one of the site."""
    assert all("<article" not in (MATRIX / f"{name}.html").read_text() for name in NAMES)
    assert main_part((MATRIX / "index.html").read_text())
