"""The built table of adapters says what the runs of this build say, and nothing else."""

import json
import re
from collections import Counter

import pytest
from provider_conformance import Report, Result

from tools.site.kit.adapters import Adapter, adapters
from tools.site.kit.measured import Measured

from ._kit_site import SITE, BuiltPage, built

MATRIX = SITE / "matrix"
ADAPTERS = {adapter.client: adapter for adapter in adapters()}
NUMBERS = ("Passed", "Refused", "MUST failed", "SHOULD failed")
NOT_RUN = "not run with this code; tox -e adapters runs it"


def row_of(client):
    """Return the row of a client."""
    rows = built("matrix/adapters.html").table("Client")
    return next(row for row in rows if row["Client"].text.strip() == client)


def results_of(client):
    """Return the results that the site has of a client; none if it was not run."""
    file = MATRIX / f"adapter-{client}.json"
    return json.loads(file.read_text("utf-8"))["results"] if file.is_file() else None


def failed_ids(client):
    """Return the checks that the page says a client's adapter fails."""
    html = built("matrix/adapters.html").text
    found = re.search(rf"<h2[^>]*>What <code>{client}</code> cannot do.*?</table>", html, re.DOTALL)
    return re.findall(r">(PC-[A-Z]+-\d{3})</a>", found[0]) if found else []


def test_every_adapter_has_a_row():
    """The table has the client of each adapter in docs/adapters."""
    rows = built("matrix/adapters.html").table("Client")
    assert [row["Client"].text.strip() for row in rows] == list(ADAPTERS)


@pytest.mark.parametrize("client", ADAPTERS)
def test_run_is_of_this_code_and_of_one_version(client):
    """A row has the version of a run that was kept with this code; without one it says so."""
    run, version = ADAPTERS[client].run, row_of(client)["Version"].text.strip()
    assert version == (run.result["version"] if run else NOT_RUN)


@pytest.mark.parametrize("client", ADAPTERS)
def test_numbers_are_those_of_the_run(client):
    """Each number can be recomputed from the results; without a run the page has no number."""
    results, row = results_of(client), row_of(client)
    shown = [row[head].text.strip() for head in NUMBERS]
    if results is None:
        assert shown == [""] * len(NUMBERS)
        return
    states = Counter(result["status"] for result in results)
    failed = [r["severity"] for r in results if r["status"] not in ("pass", "refused")]
    numbers = (states["pass"], states["refused"], failed.count("MUST"), failed.count("SHOULD"))
    assert shown == list(map(str, numbers))


@pytest.mark.parametrize("client", ADAPTERS)
def test_failures_are_those_of_the_run(client):
    """Each check that failed is named, and no other; each link leads into the report."""
    results = results_of(client) or []
    failed = [r["id"] for r in results if r["status"] not in ("pass", "refused")]
    assert sorted(failed_ids(client)) == sorted(failed)
    if failed:
        anchors = BuiltPage((MATRIX / f"adapter-{client}.html").read_text("utf-8")).anchors
        assert set(failed) <= set(anchors)


@pytest.mark.parametrize("client", ADAPTERS)
def test_every_failure_has_its_reason(client):
    """A run found exactly the failures that limits.toml gives a reason for."""
    adapter = ADAPTERS[client]
    assert list(adapter.differences() if adapter.run else ()) == []
    assert "No reason is written down yet" not in built("matrix/adapters.html").words


def adapter_with(told, **statuses):
    """Return an adapter with these limits, whose run had these results by the end of their ids."""
    results = [
        Result(f"PC-CHAT-{number}", status, "MUST", "title", "message", "socket")
        for number, status in statuses.items()
    ]
    report = Report("planted", "mock", 1, results).to_dict()
    return Adapter("planted", "openai", told, Measured({"version": "2.1", "report": report}, "day"))


def test_failure_without_a_reason_is_named():
    """A check that fails and stands in no limit is a difference."""
    adapter = adapter_with([], **{"001": "pass", "002": "fail"})
    assert list(adapter.differences()) == [
        "openai fails PC-CHAT-002, which has no reason:\nmessage"
    ]


def test_limit_that_is_gone_is_named():
    """A check that stands in a limit and passes is a difference."""
    adapter = adapter_with([{"checks": ["PC-CHAT-001"], "because": "…"}], **{"001": "pass"})
    assert list(adapter.differences()) == ["openai does not fail PC-CHAT-001 any more"]


def test_limit_of_an_older_version_does_not_apply():
    """A limit of versions before 2 says nothing of version 2.1."""
    told = [{"checks": ["PC-CHAT-001"], "because": "…", "before": 2}]
    assert list(adapter_with(told, **{"001": "pass"}).differences()) == []
