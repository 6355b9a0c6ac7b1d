"""Deviations are accepted with a reason, a link and an end, and with nothing less."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from provider_conformance import run
from provider_conformance.reports import origin_of, write_reports
from provider_conformance.reports._deviations import DeviationError, read_deviations
from provider_conformance.reports._verify import problems
from provider_conformance.zoo import HARNESS
from provider_conformance.zoo.mutants.chat import FormatsText

pytest_plugins = ["pytester"]

TODAY = date(2026, 5, 1)
SOUND = {
    "id": "PC-CHAT-001",
    "reason": "the service itself collapses white space",
    "link": "https://tracker.example/1",
    "because": "response.text",
}


@pytest.fixture
def deviations(tmp_path):
    """Return a writer of deviation files."""

    def write(expires=None, **fields):
        entry = {**SOUND, **fields}
        lines = [f'{name} = "{value}"' for name, value in entry.items() if value is not None]
        day = expires or date.today() + timedelta(days=30)
        file = tmp_path / "deviations.toml"
        file.write_text("\n".join(["[[deviation]]", *lines, f"expires = {day}", ""]))
        return file

    return write


def outcome(provider, file):
    """Return the result of PC-CHAT-001 and the report."""
    harness = replace(HARNESS, provider=provider, deviations=file)
    report = run(harness, seed=3, only=["PC-CHAT-001"], driver="respx")
    return report.results[0], report


def test_known_failure_deviates(deviations):
    """A failure for the reason that was accepted is no longer red, and says why."""
    result, report = outcome(FormatsText, deviations())
    assert (result.status, report.failed) == ("deviates", [])
    assert SOUND["reason"] in result.message


def test_deviation_caps_the_level(deviations):
    """A provider that deviates from a MUST is bronze at best."""
    _, report = outcome(FormatsText, deviations())
    whole = run(replace(HARNESS, provider=FormatsText, deviations=deviations()), seed=3)
    assert report.level == "none"
    assert whole.level in ("none", "bronze")


def test_deviation_that_passes_now_is_red(deviations):
    """A deviation from a rule that is kept again must be removed."""
    result, _ = outcome(HARNESS.provider, deviations())
    assert result.status == "fail"
    assert "remove it" in result.message


def test_failure_for_another_reason_is_red(deviations):
    """A deviation excuses one failure and not whatever else goes wrong with the check."""
    result, _ = outcome(FormatsText, deviations(because="response.usage"))
    assert result.status == "fail"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"expires": TODAY - timedelta(days=1)}, "expired"),
        ({"expires": TODAY + timedelta(days=181)}, "180 days"),
        ({"reason": "TODO look at this later"}, "explains nothing"),
        ({"reason": "flaky"}, "explains nothing"),
        ({"reason": "the service drops it, FIXME soon"}, "explains nothing"),
        ({"reason": "the reason is still TBD."}, "explains nothing"),
        ({"reason": " "}, "a text in quotes as reason"),
        ({"because": "re"}, "fits any failure"),
        ({"because": "expected"}, "fits any failure"),
        ({"link": "ask Sam"}, "needs a link"),
        ({"id": "PC-CHAT-999"}, "is not a check"),
        ({"link": None}, "lacks link"),
        ({"owner": "Sam"}, "unknown keys: owner"),
    ],
)
def test_unsound_entry_is_an_error(deviations, fields, words):
    """An entry that is expired, too long, without reason, link or check is one clear sentence."""
    file = deviations(**{"expires": TODAY, **fields})
    with pytest.raises(DeviationError, match=words):
        read_deviations(file, TODAY)


def test_no_file_is_no_deviation():
    """A provider needs no file of deviations."""
    assert read_deviations(None, TODAY) == []


def test_missing_file_is_an_error(tmp_path):
    """A file that the harness names and that is not there excuses nothing in silence."""
    with pytest.raises(DeviationError, match=r"deviations\.toml cannot be read"):
        read_deviations(tmp_path / "deviations.toml", TODAY)


@pytest.mark.parametrize("text", ["deviation = 1", "deviation = [1]", "[deviation]", "[[", "\xff"])
def test_odd_file_is_an_error(tmp_path, text):
    """A file of another form is one clear sentence."""
    (tmp_path / "odd.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(DeviationError, match=r"odd\.toml"):
        read_deviations(tmp_path / "odd.toml", TODAY)


def verified(harness, folder, change):
    """Return what a proof lacks when the deviations changed after its run."""
    report = run(harness, seed=3, only=["PC-CHAT-001"], driver="respx")
    write_reports(report, origin_of(harness, None), folder)
    change()
    return "\n".join(problems(harness, None, folder))


def test_deviation_that_expired_since_is_no_proof(deviations, tmp_path):
    """A report that was green until yesterday proves nothing today."""
    harness = replace(HARNESS, provider=FormatsText, deviations=deviations())
    yesterday = date.today() - timedelta(days=1)
    assert "expired" in verified(harness, tmp_path, lambda: deviations(yesterday))


def test_deviations_that_changed_since_are_no_proof(deviations, tmp_path):
    """What is accepted now was not what the run accepted."""
    harness = replace(HARNESS, provider=FormatsText, deviations=deviations())
    words = verified(harness, tmp_path, lambda: deviations(link="https://tracker.example/2"))
    assert "the deviations have changed" in words


def test_deviations_that_are_gone_are_no_proof(deviations, tmp_path):
    """A report that leans on a removed file proves nothing."""
    file = deviations()
    harness = replace(HARNESS, provider=FormatsText, deviations=file)
    assert "cannot be read" in verified(harness, tmp_path, file.unlink)


def test_unchanged_deviations_are_no_problem(deviations, tmp_path):
    """Deviations that stand as they were take nothing from a proof."""
    harness = replace(HARNESS, provider=FormatsText, deviations=deviations())
    assert "deviations" not in verified(harness, tmp_path, lambda: None)


def test_known_failure_passes_under_pytest(pytester, deviations):
    """The pytest item of a check that deviates is green, like the command."""
    pytester.makepyfile(
        test_suite=f"""
        from dataclasses import replace
        from pathlib import Path
        from provider_conformance import conformance
        from provider_conformance.zoo import HARNESS
        from provider_conformance.zoo.mutants.chat import FormatsText

        deviations = Path({str(deviations())!r})
        test_conformance = conformance(
            replace(HARNESS, provider=FormatsText, deviations=deviations), seed=3
        )
        """
    )
    result = pytester.runpytest_subprocess("-k", "PC-CHAT-001")
    assert result.parseoutcomes()["passed"] == 1


def test_misspelt_table_is_an_error(tmp_path):
    """A file whose entries stand below another line would accept nothing, and not say so."""
    file = tmp_path / "deviations.toml"
    file.write_text('[[deviations]]\nid = "PC-CHAT-001"\n')
    with pytest.raises(DeviationError, match=r"below a line \[\[deviation\]\]"):
        read_deviations(file, date.today())
