"""Nothing that pytest can be told makes a partial proof pass for a whole one."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap

import pytest
from provider_conformance import find_harness
from provider_conformance.__main__ import main
from provider_conformance.reports import origin_of

from ._written import write_report

pytest_plugins = ["pytester"]

SUITE = """
    from provider_conformance import conformance
    from provider_conformance.zoo import HARNESS

    test_conformance = conformance(HARNESS)
"""
FEW = ("PC-AUTH-001", "PC-AUTH-002", "PC-CHAT-001", "PC-CHAT-002")
# These tests are about what pytest makes of the checks, and a few show that as well as all. Each
# provider's own tests run them all.
CONFTEST = f"""
    import pytest
    import provider_conformance._pytest as kit

    CHECKS = {{id: check for id, check in kit.all_checks().items() if id in {FEW}}}
    kit.all_checks = lambda: CHECKS
"""


TWO_WORKERS = ("-p", "xdist", "-n", "2")


@pytest.fixture
def suite(pytester, monkeypatch):
    """Return a project that proves the reference provider by a contract of a few checks."""
    # Of the plugins that are installed here, each costs the start of every session.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_suite=textwrap.dedent(SUITE))
    return pytester


def test_deselecting_by_keyword_is_incomplete(suite):
    """A run that ``-k`` cuts down is INCOMPLETE and red."""
    result = suite.runpytest_subprocess("-k", "CHAT-001", "-p", "no:cacheprovider")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*INCOMPLETE*"])


def test_deselecting_by_node_is_incomplete(suite):
    """A run from which ``--deselect`` takes one item is INCOMPLETE and red."""
    wanted = [f"test_suite.py::test_conformance[{id}]" for id in FEW[:3]]
    result = suite.runpytest_subprocess(*wanted, "--deselect", wanted[1])
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*INCOMPLETE*"])


def test_deselecting_by_mark_runs_nothing_and_is_red(suite):
    """A run that ``-m`` empties is red."""
    assert suite.runpytest_subprocess("-m", "nothing").ret != 0


def test_variables_of_registered_providers_stay_outside(suite, monkeypatch):
    """An item sees none of the variables of any provider that is registered."""
    monkeypatch.setenv("ODD_PASSPHRASE", "the testers own")
    suite.makepyfile(
        test_suite=textwrap.dedent(
            """
            import os
            from dataclasses import replace
            from provider_conformance import conformance
            from provider_conformance.zoo import HARNESS, ReferenceProvider
            from provider_sdk import PROVIDER_CONFIG

            odd = {"base_url": "http://odd.example", "api_key_env": "ODD_PASSPHRASE"}
            PROVIDER_CONFIG["odd"] = odd

            class Curious(ReferenceProvider):
                def __init__(self, **config):
                    assert "ODD_PASSPHRASE" not in os.environ
                    super().__init__(**config)

            test_conformance = conformance(replace(HARNESS, provider=Curious))
            """
        )
    )
    suite.runpytest_subprocess().assert_outcomes(passed=len(FEW))


def test_skip_in_a_fixture_is_incomplete(suite):
    """A fixture that skips an item leaves the run INCOMPLETE and red."""
    suite.makeconftest(
        f"""{CONFTEST}
    @pytest.fixture(autouse=True)
    def sabotage(request):
        if "CHAT-001" not in request.node.name:
            pytest.skip("not today")
        """
    )
    result = suite.runpytest_subprocess("-k", "AUTH-001 or CHAT-001")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*INCOMPLETE*"])


def test_expected_failure_is_red(suite):
    """A mark that expects a check to fail does not make its failure green."""
    suite.makepyfile(
        test_suite=textwrap.dedent(
            """
            from dataclasses import replace
            import pytest
            from provider_conformance import conformance
            from provider_conformance.zoo import HARNESS
            from provider_conformance.zoo.mutants.chat import FormatsText

            broken = replace(HARNESS, provider=FormatsText)
            test_conformance = pytest.mark.xfail(conformance(broken))
            """
        )
    )
    result = suite.runpytest_subprocess()
    assert result.ret != 0
    assert "INCOMPLETE" not in result.stdout.str()
    result.stdout.fnmatch_lines(["*3 red: PC-AUTH-001, PC-AUTH-002, PC-CHAT-001*"])


@pytest.mark.parametrize("workers", [(), TWO_WORKERS], ids=["alone", "xdist"])
@pytest.mark.parametrize("skips", ["pytest.mark.skip(reason='no')", "skip_by_fixture"])
def test_skipping_every_item_is_red(suite, skips, workers):
    """Where a mark or a fixture skips all there is, each item is red."""
    suite.makepyfile(
        test_suite=textwrap.dedent(
            f"""
            import pytest
            from provider_conformance import conformance
            from provider_conformance.zoo import HARNESS

            @pytest.fixture
            def skipped():
                pytest.skip("not today")

            skip_by_fixture = pytest.mark.usefixtures("skipped")
            test_conformance = {skips}(conformance(HARNESS))
            """
        )
    )
    result = suite.runpytest_subprocess("-k", "AUTH-001 or AUTH-002", *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.stdout.str().count("\nthe check did not run: Skipped: ") == 2


def test_whole_run_over_workers_is_green(suite):
    """Workers that run a part each, and all of it together, are green."""
    result = suite.runpytest_subprocess(*TWO_WORKERS)
    assert result.ret == 0
    result.assert_outcomes(passed=len(FEW))


def test_partial_run_over_workers_is_incomplete(suite):
    """A run that ``-k`` cuts down is INCOMPLETE and red in each worker that has an item of it."""
    result = suite.runpytest_subprocess("-k", "CHAT-001 or CHAT-002", *TWO_WORKERS)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*INCOMPLETE*", "* checks did not run: PC-*"])


def test_one_skipped_item_over_workers_is_red(suite):
    """A single item that is skipped is red, whichever worker had it."""
    suite.makeconftest(
        f"""{CONFTEST}
    @pytest.fixture(autouse=True)
    def sabotage(request):
        if "CHAT-001" in request.node.name:
            pytest.skip("not today")
        """
    )
    result = suite.runpytest_subprocess(*TWO_WORKERS)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=len(FEW) - 1, errors=1)


@pytest.mark.parametrize("workers", [(), TWO_WORKERS], ids=["alone", "xdist"])
def test_red_check_over_workers_is_red_although_expected(suite, workers):
    """A failure that a mark expects is a failure, over workers as in one process."""
    suite.makepyfile(
        test_suite=textwrap.dedent(
            """
            from dataclasses import replace
            import pytest
            from provider_conformance import conformance
            from provider_conformance.zoo import HARNESS
            from provider_conformance.zoo.mutants.chat import FormatsText

            broken = replace(HARNESS, provider=FormatsText)
            test_conformance = pytest.mark.xfail(conformance(broken))
            """
        )
    )
    result = suite.runpytest_subprocess(*workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes()["failed"] >= 1
    assert "xfailed" not in result.parseoutcomes()


def test_two_proofs_of_one_name_are_held_apart(suite):
    """What one proof ran is no part of another one, though both are of one provider."""
    suite.makepyfile(
        test_suite=textwrap.dedent(
            """
            from provider_conformance import conformance
            from provider_conformance.zoo import HARNESS

            test_all = conformance(HARNESS)
            test_some = conformance(HARNESS)
            """
        )
    )
    result = suite.runpytest_subprocess("-k", "test_all or CHAT-001")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["*reference (*::test_all): all * checks ran", "*reference (*::test_some): INCOMPLETE*"]
    )


@pytest.mark.parametrize("workers", [(), TWO_WORKERS], ids=["alone", "xdist"])
def test_proof_without_any_item_is_incomplete(suite, workers):
    """A harness of which every item is deselected is missed, as long as another one is tried."""
    suite.makepyfile(
        test_suite=textwrap.dedent(
            """
            from provider_conformance import conformance
            from provider_conformance.zoo import HARNESS

            test_kept = conformance(HARNESS)
            test_lost = conformance(HARNESS)
            """
        )
    )
    result = suite.runpytest_subprocess("-k", "test_kept", *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*INCOMPLETE*", f"4 of 4 checks did not run: {', '.join(FEW)}"])


RERUNS = """
    from _pytest.runner import runtestprotocol

    def pytest_runtest_protocol(item, nextitem):
        for _ in range(3):
            item._initrequest()
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
            if not any(report.failed for report in reports):
                break
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        return True
"""


def test_partial_run_stays_incomplete_when_items_run_again(suite):
    """A plugin that runs red items again makes no partial run over workers green."""
    suite.makeconftest(f"{CONFTEST}{RERUNS}")
    result = suite.runpytest_subprocess("-k", "CHAT-001", "-p", "xdist", "-n", "1")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*INCOMPLETE*"])


def test_without_a_report_verify_is_red(tmp_path, capsys, harness_file):
    """``verify`` is red where no run left a report, whatever pytest said."""
    assert main(["verify", str(harness_file), "--reports", str(tmp_path)]) == 1
    assert "missing" in capsys.readouterr().out


def test_partial_run_leaves_no_report(tmp_path, capsys, harness_file):
    """A run of some checks writes nothing that ``verify`` could take for a proof."""
    main(["run", str(harness_file), "--only", "CHAT-001", "--reports", str(tmp_path)])
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def harness_file(tmp_path_factory):
    """Return a file with the reference's harness."""
    file = tmp_path_factory.mktemp("adopter") / "harness.py"
    file.write_text("from provider_conformance.zoo import HARNESS\n")
    return file


# A base class that lies elsewhere, and a name that leads out of the folder of reports.
HARNESS_FILES = {
    "project/harness.py": """
        import os
        from dataclasses import replace
        from constants import MODEL
        from derived import Derived
        from provider_conformance.zoo import HARNESS as REFERENCE
        from provider_conformance.zoo.mutants.chat import FormatsText

        HARNESS = replace(REFERENCE, provider=Derived, model=MODEL)
        exec(os.environ.get("OTHER", ""))
        """,
    "project/derived.py": """
        from base import Base
        from far_base import Far

        class Derived(Base, Far):
            name = "../../evil name"
        """,
    "project/base.py": "from provider_conformance.zoo import ReferenceProvider as Base",
    "project/constants.py": "MODEL = 'some/model'",
    "elsewhere/far_base.py": "class Far: pass",
}


@pytest.fixture(scope="module")
def proof(tmp_path_factory):
    """Run a harness, and return the folder with its files and its reports."""
    folder = tmp_path_factory.mktemp("proof")
    for name, text in HARNESS_FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder / "elsewhere"))
        assert main(["run", *call_in(folder), "--seed", "3"]) == 0
    return folder


@pytest.fixture
def checkout(proof, tmp_path, monkeypatch):
    """Return a copy of that folder."""
    folder = shutil.copytree(proof, tmp_path / "copy", ignore=lambda *_: ["__pycache__"])
    monkeypatch.syspath_prepend(str(folder / "elsewhere"))
    return folder


def call_in(folder):
    """Return how the harness of such a folder is called."""
    reports = folder / "project" / "a" / "reports"
    return [str(folder / "project" / "harness.py"), "--reports", str(reports)]


def test_proof_holds_in_another_checkout(checkout):
    """Where a checkout lies is no part of the proof."""
    assert main(["verify", *call_in(checkout)]) == 0


def test_reports_stay_in_their_folder(checkout):
    """A provider's name reaches no file outside the folder of reports."""
    files = [file for file in checkout.rglob("*") if file.is_file()]
    reports = {file for file in files if file.parent == checkout / "project" / "a" / "reports"}
    assert {str(file.relative_to(checkout)) for file in {*files} - reports} == {*HARNESS_FILES}
    assert len(reports) == 5
    assert all(file.name.startswith("_.._evil_name.") for file in reports)


@pytest.mark.parametrize(
    "other",
    [
        "FormatsText.name = Derived.name; HARNESS = replace(HARNESS, provider=FormatsText)",
        "HARNESS = replace(HARNESS, keywords={'extra': 5})",
        "HARNESS = replace(HARNESS, model='another/model')",
    ],
    ids=["provider", "keywords", "model"],
)
def test_another_harness_is_not_proved(checkout, monkeypatch, other, capsys):
    """A report proves the provider, keywords and model that were run, not others of its name."""
    monkeypatch.setenv("OTHER", other)
    assert main(["verify", *call_in(checkout)]) == 1
    assert "another harness" in capsys.readouterr().out


@pytest.mark.parametrize("name", HARNESS_FILES)
def test_changed_file_is_stale(checkout, name, capsys):
    """A harness, what it imported, and the provider's bases wherever they lie are the proof's."""
    with (checkout / name).open("a") as file:
        file.write("# new\n")
    assert main(["verify", *call_in(checkout)]) == 1
    assert "the code has changed since the run" in capsys.readouterr().out


def claim(target, folder):
    """Write the reports of a run that never happened, and return how its harness is called."""
    harness, source = find_harness(target)
    write_report(folder, harness.name, origin=origin_of(harness, source))
    call = [target, "--reports", str(folder)]
    assert main(["verify", *call]) == 0
    return call


TARGETS = "from provider_conformance.zoo import HARNESS\nGOOD = HARNESS\nBAD = HARNESS\n"


def test_another_target_of_one_module_is_not_proved(tmp_path, monkeypatch):
    """Two harnesses in one module have one name and two proofs."""
    (tmp_path / "duo_of_one.py").write_text(TARGETS)
    monkeypatch.syspath_prepend(str(tmp_path))
    _, *reports = claim("duo_of_one:GOOD", tmp_path / "reports")
    assert main(["verify", "duo_of_one:BAD", *reports]) == 1


def test_changed_module_of_a_target_is_stale(tmp_path, monkeypatch):
    """The module that a target names belongs to the proof."""
    file = tmp_path / "named_target.py"
    file.write_text(TARGETS)
    monkeypatch.syspath_prepend(str(tmp_path))
    call = claim("named_target:GOOD", tmp_path / "reports")
    file.write_text(f"{TARGETS}# new\n")
    assert main(["verify", *call]) == 1


WAITING = """
import os
from dataclasses import replace
from pathlib import Path
from provider_conformance.zoo import HARNESS as REFERENCE, ReferenceProvider


class Waiting(ReferenceProvider):
    async def chat(self, *args, **options):
        if folder := os.environ.get("WAITS_IN"):
            Path(folder, "runs").open("w").close()
            Path(folder, "goes-on").read_text()
        return await super().chat(*args, **options)


HARNESS = replace(REFERENCE, provider=Waiting)
"""


def test_run_that_ends_early_leaves_no_proof(tmp_path, capsys):
    """If a run is killed, what an earlier one proved counts no more."""
    (tmp_path / "harness.py").write_text(WAITING)
    call = claim(str(tmp_path / "harness.py"), tmp_path / "reports")
    runs, goes_on = tmp_path / "runs", tmp_path / "goes-on"
    os.mkfifo(runs)
    os.mkfifo(goes_on)
    held = os.open(goes_on, os.O_RDWR)  # so that the provider waits until this is closed
    command = [sys.executable, "-m", "provider_conformance", "run", *call]
    with subprocess.Popen(command, env={**os.environ, "WAITS_IN": str(tmp_path)}) as running:
        runs.read_text()  # until the provider opens it
        running.kill()
    os.close(held)
    assert main(["verify", *call]) == 1
    assert "missing" in capsys.readouterr().out


def restore_interrupt():
    """Let SIGINT interrupt, however these tests were started."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_interrupted_run_leaves_no_report(tmp_path):
    """Ctrl-C ends the run and its child at once, with exit code 130 and without reports."""
    (tmp_path / "harness.py").write_text(WAITING)
    call = claim(str(tmp_path / "harness.py"), tmp_path / "reports")
    runs, goes_on = tmp_path / "runs", tmp_path / "goes-on"
    os.mkfifo(runs)
    os.mkfifo(goes_on)
    held = os.open(goes_on, os.O_RDWR)
    with subprocess.Popen(
        [sys.executable, "-m", "provider_conformance", "run", *call],
        env={**os.environ, "WAITS_IN": str(tmp_path)},
        stderr=subprocess.PIPE,
        preexec_fn=restore_interrupt,
    ) as running:
        runs.read_text()
        running.send_signal(signal.SIGINT)
        assert running.communicate()[1] == b"provider-conformance: interrupted\n"
    os.close(held)
    assert running.returncode == 130
    assert list((tmp_path / "reports").iterdir()) == []
