"""Nothing that pytest can be told makes a partial proof pass for a whole one."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap

import pytest
from provider_conformance import all_checks
from provider_conformance.__main__ import main

pytest_plugins = ["pytester"]

SUITE = """
    from provider_conformance import conformance
    from provider_conformance.zoo import HARNESS

    test_conformance = conformance(HARNESS)
"""
ONE = "test_suite.py::test_conformance[PC-CHAT-001]"


@pytest.fixture
def suite(pytester):
    """Return a project whose only test file proves the reference provider."""
    pytester.makepyfile(test_suite=textwrap.dedent(SUITE))
    return pytester


def test_deselecting_by_keyword_is_incomplete(suite):
    """A run that ``-k`` cuts down is INCOMPLETE and red."""
    result = suite.runpytest_subprocess("-k", "CHAT-001", "-p", "no:cacheprovider")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*INCOMPLETE*"])


def test_deselecting_by_node_is_incomplete(suite):
    """A run from which ``--deselect`` takes one item is INCOMPLETE and red."""
    wanted = [f"test_suite.py::test_conformance[{id}]" for id in list(all_checks())[:3]]
    result = suite.runpytest_subprocess(*wanted, "--deselect", wanted[1])
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*INCOMPLETE*"])


def test_deselecting_by_mark_runs_nothing_and_is_red(suite):
    """A run that ``-m`` empties is red."""
    assert suite.runpytest_subprocess("-m", "nothing").ret != 0


def test_skip_in_a_fixture_is_incomplete(suite):
    """A fixture that skips an item leaves the run INCOMPLETE and red."""
    suite.makeconftest(
        """
        import pytest

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
    # The verdict of all that is missing must not be what makes the session red.
    suite.makeconftest(
        """
        import provider_conformance._pytest as kit

        CHECKS = kit.all_checks()
        kit.all_checks = lambda: {"PC-CHAT-001": CHECKS["PC-CHAT-001"]}
        """
    )
    result = suite.runpytest_subprocess()
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*1 red: PC-CHAT-001*"])


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
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
    result = suite.runpytest_subprocess("-n", "2")
    assert result.ret == 0
    result.assert_outcomes(passed=len(all_checks()))


def test_partial_run_over_workers_is_incomplete(suite):
    """A run that ``-k`` cuts down is INCOMPLETE and red in each worker that has an item of it."""
    result = suite.runpytest_subprocess("-k", "CHAT-001 or CHAT-002", "-n", "2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*INCOMPLETE*", "* checks did not run: PC-*"])


def test_one_skipped_item_over_workers_is_red(suite):
    """A single item that is skipped is red, whichever worker had it."""
    suite.makeconftest(
        """
        import pytest

        @pytest.fixture(autouse=True)
        def sabotage(request):
            if "CHAT-001" in request.node.name:
                pytest.skip("not today")
        """
    )
    result = suite.runpytest_subprocess("-n", "2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=len(all_checks()) - 1, errors=1)


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
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


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
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
    # Only one check, so that what is left of the first proof is whole.
    suite.makeconftest(
        """
        import provider_conformance._pytest as kit

        CHECKS = kit.all_checks()
        kit.all_checks = lambda: {"PC-CHAT-001": CHECKS["PC-CHAT-001"]}
        """
    )
    result = suite.runpytest_subprocess("-k", "test_kept", *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*INCOMPLETE*", "1 of 1 checks did not run: PC-CHAT-001"])


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
    suite.makeconftest(RERUNS)
    result = suite.runpytest_subprocess("-k", "CHAT-001", "-n", "1")
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


PROVIDER = """
from provider_conformance import Harness, OpenAIWire
from provider_conformance.zoo import HARNESS as REFERENCE
from provider_conformance.zoo.mutants.chat import FormatsText

HARNESS = REFERENCE
"""


@pytest.fixture
def proved(tmp_path):
    """Return a function that writes a harness, proves it, and returns how it is called."""

    def prove(harness=PROVIDER, name="harness.py", **files):
        for module, text in {**files, name.removesuffix(".py"): harness}.items():
            (tmp_path / f"{module}.py").write_text(textwrap.dedent(text))
        call = [str(tmp_path / name), "--reports", str(tmp_path / "reports")]
        assert main(["run", *call, "--seed", "3"]) == 0
        assert main(["verify", *call]) == 0
        return call

    return prove


@pytest.mark.parametrize(
    "other",
    [
        "REFERENCE = replace(REFERENCE, provider=FormatsText)",
        "REFERENCE = replace(REFERENCE, keywords={'extra': 5})",
        "REFERENCE = replace(REFERENCE, model='another/model')",
    ],
    ids=["provider", "keywords", "model"],
)
def test_another_harness_is_not_proved(proved, monkeypatch, other, capsys):
    """A report proves the provider, keywords and model that were run, not others of its name."""
    choosing = "\nimport os\nfrom dataclasses import replace\nexec(os.environ.get('OTHER', ''))\n"
    call = proved(PROVIDER.replace("\nHARNESS", f"{choosing}HARNESS"))
    monkeypatch.setenv("OTHER", other)
    assert main(["verify", *call]) == 1
    assert "another harness" in capsys.readouterr().out


def test_another_target_of_one_module_is_not_proved(tmp_path, monkeypatch):
    """Two harnesses in one module have one name and two proofs."""
    (tmp_path / "duo_of_one.py").write_text(f"{PROVIDER}GOOD = HARNESS\nBAD = HARNESS\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    reports = ["--reports", str(tmp_path / "reports")]
    assert main(["run", "duo_of_one:GOOD", "--seed", "3", *reports]) == 0
    assert main(["verify", "duo_of_one:GOOD", *reports]) == 0
    assert main(["verify", "duo_of_one:BAD", *reports]) == 1


DERIVED = """
from dataclasses import replace
from provider_conformance.zoo import HARNESS as REFERENCE
from derived_{0} import Derived
from constants_{0} import MODEL

HARNESS = replace(REFERENCE, provider=Derived, model=MODEL)
"""


def neighbours(name):
    """Return the modules of this name that the harness imports, and what is in them."""
    return {
        f"base_{name}": "from provider_conformance.zoo import ReferenceProvider as Base\n",
        f"derived_{name}": f"from base_{name} import Base\n\n\nclass Derived(Base):\n    pass\n",
        f"constants_{name}": "MODEL = 'some/model'\n",
    }


@pytest.mark.parametrize("name", ["base", "derived", "constants"])
def test_changed_file_of_a_base_or_a_neighbour_is_stale(proved, tmp_path, name):
    """The files of a provider's bases and of what the harness imported belong to the proof."""
    call = proved(DERIVED.format(name), **neighbours(name))
    with (tmp_path / f"{name}_{name}.py").open("a") as file:
        file.write("# new\n")
    assert main(["verify", *call]) == 1


def test_changed_module_of_a_target_is_stale(tmp_path, monkeypatch):
    """The module that a target names belongs to the proof."""
    file = tmp_path / "named_target.py"
    file.write_text(PROVIDER)
    monkeypatch.syspath_prepend(str(tmp_path))
    call = ["named_target:HARNESS", "--reports", str(tmp_path / "reports")]
    assert main(["run", *call, "--seed", "3"]) == 0
    file.write_text(f"{PROVIDER}# new\n")
    assert main(["verify", *call]) == 1


def test_base_elsewhere_belongs_to_the_proof(proved, tmp_path, monkeypatch):
    """A base class that lies outside the harness's folder is read, too."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "far_base.py").write_text("class Far:\n    pass\n")
    monkeypatch.syspath_prepend(str(elsewhere))
    derived = """
        from dataclasses import replace
        from far_base import Far
        from provider_conformance.zoo import HARNESS as REFERENCE, ReferenceProvider

        class Derived(ReferenceProvider, Far):
            pass

        HARNESS = replace(REFERENCE, provider=Derived)
        """
    call = proved(derived)
    (elsewhere / "far_base.py").write_text("class Far:\n    answer = 42\n")
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


def test_run_that_ends_early_leaves_no_proof(proved, tmp_path, capsys):
    """If a run is killed, what an earlier one proved counts no more."""
    call = proved(WAITING)
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


def test_interrupted_run_leaves_no_report(proved, tmp_path):
    """Ctrl-C ends the run and its child at once, with exit code 130 and without reports."""
    call = proved(WAITING)
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


def test_reports_stay_in_their_folder(tmp_path):
    """A provider's name reaches no file outside the folder of reports."""
    file = tmp_path / "harness.py"
    file.write_text(
        WAITING.replace("    async def chat", "    name = '../../evil name'\n\n    async def chat")
    )
    folder = tmp_path / "a" / "b" / "reports"
    main(["run", str(file), "--reports", str(folder)])
    assert all(file.name.startswith("_.._evil_name.") for file in folder.iterdir())
    assert {path.name for path in tmp_path.iterdir()} - {"__pycache__"} == {"a", "harness.py"}


def test_proof_holds_in_another_checkout(proved, tmp_path, monkeypatch):
    """Where a checkout lies is no part of the proof."""
    proved(DERIVED.format("moved"), **neighbours("moved"))
    copy = shutil.copytree(tmp_path, tmp_path / "elsewhere" / "copy")
    for name in neighbours("moved"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert main(["verify", str(copy / "harness.py"), "--reports", str(copy / "reports")]) == 0
