"""A level comes with what the next one lacks."""

import json
from dataclasses import replace

import pytest
from provider_conformance.__main__ import main
from provider_conformance.checks import all_checks
from provider_conformance.contracts import contract_ids
from provider_conformance.reports import badge
from provider_conformance.reports._result import Report, Result
from provider_conformance.reports._standing import Next, Standing

GREEN = {
    id: Result(id, "pass", check.severity, check.title, "", "respx")
    for id, check in all_checks().items()
    if id in contract_ids()
}
MUST = [id for id, result in GREEN.items() if result.severity == "MUST"]
EARLY = [id for id in MUST if GREEN[id].group not in ("FUZZ", "LIFE")]
LATE = [id for id in MUST if GREEN[id].group in ("FUZZ", "LIFE")]
SHOULD = [id for id, result in GREEN.items() if result.severity == "SHOULD"]


def report(without=0, **statuses):
    """Return the report of a run in which these checks have another status."""
    results = [
        replace(result, status=statuses.get(id.replace("-", "_"), "pass"))
        for id, result in GREEN.items()
    ]
    return Report("acme", "mock", 1, results[without:])


def with_status(ids, status):
    """Return the arguments of ``report`` for checks of one status."""
    return {id.replace("-", "_"): status for id in ids}


STANDINGS = [
    ({}, "silver; for gold: a replay of the real service"),
    (with_status(SHOULD[:1], "warn"), "bronze; for silver: 1 SHOULD"),
    (with_status(LATE[:2], "fail"), "bronze; for silver: 2 MUST"),
    (with_status(EARLY[:1], "deviates"), "bronze; for silver: 1 deviation"),
    (
        {
            **with_status(LATE[:1], "fail"),
            **with_status(EARLY[:4], "deviates"),
            **with_status(SHOULD[:1], "warn"),
        },
        "bronze; for silver: 1 MUST, 4 deviations, 1 SHOULD",
    ),
    (with_status(SHOULD[:2], "deviates"), "bronze; for silver: 2 deviations"),
    (with_status(EARLY[:3], "fail"), "none; for bronze: 3 MUST"),
    (with_status(EARLY[:1], "not-testable"), "none; for bronze: 1 MUST"),
    ({"without": 1}, "none; for bronze: 1 check that did not run"),
    (
        {"without": 2, **with_status(EARLY[-1:], "error")},
        "none; for bronze: 1 MUST, 2 checks that did not run",
    ),
]


@pytest.mark.parametrize(("how", "said"), STANDINGS)
def test_level_says_what_the_next_one_lacks(how, said):
    """Each lack is counted once, under its severity or as a deviation."""
    assert str(report(**how).standing) == said


def test_level_in_the_json_has_the_same_lacks():
    """The field ``next`` names the level and each lack."""
    found = report(**with_status(SHOULD[:1], "warn")).to_dict()
    assert (found["level"], found["next"]) == ("bronze", {"level": "silver", "lacks": ["1 SHOULD"]})


def test_other_modes_have_no_level():
    """A replay proves nothing by itself."""
    assert replace(report(), mode="replay").to_dict()["next"] is None


def test_whatever_stands_beside_a_level_is_shown_with_it():
    """Host and day stand between the level and what it lacks, in the badge too."""
    standing = Standing("gold", Next("platinum", ["a live run"]), ["recorded from a.b, 2026-05-01"])
    said = "gold (recorded from a.b, 2026-05-01); for platinum: a live run"
    assert str(standing) == said
    assert f"<title>provider contract: {said}</title>" in badge(standing)


def test_diff_says_what_the_new_level_lacks(tmp_path, capsys):
    """``diff`` shows the old level and the new one, and what is next."""
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_text(json.dumps(report(**with_status(SHOULD[:1], "warn")).to_dict()))
    after.write_text(json.dumps(report().to_dict()))
    assert main(["diff", str(before), str(after)]) == 1
    said = capsys.readouterr().out
    assert "level bronze → silver, 1 changes; for gold: a replay of the real service\n" in said


@pytest.mark.parametrize("odd", [{}, {"level": "tin"}, {"level": "gold", "next": 7}, {"level": []}])
def test_report_without_a_level_has_no_standing(odd):
    """A file that somebody else wrote is one sentence, whatever it holds."""
    with pytest.raises(ValueError, match="has no level"):
        Standing.from_report(odd)


def test_standing_survives_a_pipe():
    """A standing is the same after it was sent from another process."""
    standing = Standing("gold", Next("platinum", ["a live run"]), ("recorded",))
    assert str(Standing.from_dict(standing.to_dict())) == str(standing)
