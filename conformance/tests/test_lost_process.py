"""A run survives whatever its provider does to the process."""

import json
import time
from dataclasses import replace

import pytest
from provider_conformance._runner import run_check
from provider_conformance._supervisor import MOST_HANGS, MOST_LOST, Order, run_in_children
from provider_conformance.checks import selected
from provider_conformance.zoo import HARNESS, ReferenceProvider

from ._broken import command, write_broken

ENDS = {
    "os._exit(0)": "os._exit(0)",
    "os._exit(3)": "os._exit(3)",
    "exit of the C library": "import ctypes; ctypes.CDLL(None).exit(0)",
    "another program": "os.execv('/bin/true', ['true'])",
    "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL)",
    "SIGTERM": "os.kill(os.getpid(), signal.SIGTERM)",
    "a segmentation fault": "import faulthandler; faulthandler._sigsegv()",
    "abort": "os.abort()",
    "an exit in a thread": """
        import threading
        thread = threading.Thread(target=os._exit, args=(0,))
        thread.start()
        thread.join()
        """,
    "a daemon": "if os.fork(): os._exit(0)",
    "closed files": "os.closerange(3, 100)",
    "SystemExit": "sys.exit(0)",
    "an exit that is caught": """
        try:
            os._exit(0)
        except BaseException:
            pass
        """,
}


@pytest.mark.parametrize("body", ENDS.values(), ids=ENDS)
def test_end_of_the_process_is_a_failed_check(tmp_path, body):
    """A provider that ends its process fails the check that ran, and the run is red."""
    ended = command("run", write_broken(tmp_path, body), "--only", "CHAT-001", "MODELS-001")
    assert ended.returncode == 1, ended.stderr
    assert "1 fail, 1 pass" in ended.stdout


ONCE = """
    if options.get("stream") and not os.path.exists({mark!r}):
        open({mark!r}, "w").close()
        import ctypes
        ctypes.CDLL(None)._exit(0)
    """


def test_other_checks_run_after_the_end_of_a_process(tmp_path):
    """Of a whole run one check fails, and all others have their own results."""
    file = write_broken(tmp_path, ONCE.format(mark=str(tmp_path / "ended")))
    ended = command("run", file, "--seed", "3", "--reports", tmp_path)
    report = json.loads((tmp_path / "reference.json").read_bytes())
    assert ended.returncode == 1
    assert report["verdict"] == "FAIL"
    assert set(report["counts"]) == {"fail", "pass"}
    assert report["counts"]["fail"] == 1


@pytest.mark.parametrize("statement", ["os._exit(0)", "__import__('ctypes').CDLL(None)._exit(0)"])
@pytest.mark.parametrize("name", ["run", "verify", "report"])
def test_end_of_the_process_in_an_import_is_no_success(tmp_path, name, statement):
    """A harness that ends the process when it is imported is a mistake in the call."""
    file = tmp_path / "harness.py"
    file.write_text(f"import os\n{statement}\n")
    ended = command(name, file, "--reports", tmp_path)
    assert ended.returncode == 2
    assert f"{file} cannot be loaded" in ended.stderr


@pytest.mark.parametrize("name", ["serve", "record"])
def test_exit_in_an_import_does_not_look_like_success(tmp_path, name):
    """Commands that run in one process take ``os._exit`` in a harness for a mistake, too."""
    (tmp_path / "harness.py").write_text("import os\nos._exit(0)\n")
    options = ["--model", "m", "--out", tmp_path] if name == "record" else ["--", "true"]
    ended = command(name, tmp_path / "harness.py", *options)
    assert (ended.returncode, ended.stdout) == (2, "")


@pytest.mark.parametrize(
    "line", ["atexit.register(os._exit, 0)", "threading.Thread(target=pause).start()"]
)
def test_what_runs_at_the_end_changes_no_exit_code(tmp_path, line):
    """Neither an ``atexit`` function nor a thread that goes on turns a red run green."""
    file = write_broken(tmp_path, "raise ValueError")
    start = f"import atexit, os, signal, threading\npause = threading.Event().wait\n{line}\n"
    file.write_text(start + file.read_text())
    assert command("run", file, "--only", "CHAT-001").returncode == 1


def lost_run(file, only, limit_s=3.0):
    """Return the results of a run in children that have little time, by id."""
    checks = selected(only)
    order = Order(str(file), "mock", 3, checks, "respx", 0, check_limit_s=limit_s)
    return {result.id: result for result in run_in_children(order)[1].results}


HANGS = {
    "a loop that catches everything": """
        while True:
            try:
                time.sleep(0.01)
            except BaseException:
                pass
        """,
    "an ignored alarm": """
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        time.sleep(1000)
        """,
    "a blocked alarm": """
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        time.sleep(1000)
        """,
    "C code that keeps Python's lock": "import ctypes; ctypes.PyDLL(None).pause()",
    "a stopped process": "os.kill(os.getpid(), signal.SIGSTOP)",
}


@pytest.mark.parametrize("body", HANGS.values(), ids=HANGS)
def test_what_hangs_is_killed(tmp_path, body):
    """A check whose process nothing in it can end fails, and the others have their results."""
    results = lost_run(write_broken(tmp_path, body), ["CHAT-001", "MODELS-001"])
    assert {id: result.status for id, result in results.items()} == {
        "PC-MODELS-001": "pass",
        "PC-CHAT-001": "fail",
    }
    assert "did not end within 3 s; the process was killed" in results["PC-CHAT-001"].message


class Retries(ReferenceProvider):
    """Goes on after every exception."""

    async def chat(self, *args, **options):
        """Try until it works, which it never does."""
        while True:
            try:
                time.sleep(0.01)  # noqa: ASYNC251 - that is the mistake
            except Exception:  # noqa: BLE001
                continue


def test_loop_over_exceptions_ends_in_its_own_process():
    """The watchdog ends a loop that goes on after every ``Exception``."""
    check = selected(["CHAT-001"])["PC-CHAT-001"]
    harness = replace(HARNESS, provider=Retries)
    result = run_check(harness, check, 1, "respx", patience_s=0.2)
    assert result.status == "fail"
    assert "0.2 real seconds" in result.message


def test_run_gives_up_after_many_ends(tmp_path):
    """If every check ends its process, the last ones are not testable, and say why."""
    file = write_broken(tmp_path, "")
    file.write_text(
        file.read_text().replace(
            "    async def chat",
            "    def __init__(self, **config):\n        os.kill(os.getpid(), signal.SIGKILL)\n\n"
            "    async def chat",
        )
    )
    results = list(lost_run(file, ["CHAT"], limit_s=60.0).values())
    assert [result.status for result in results[:MOST_LOST]] == ["fail"] * MOST_LOST
    assert {result.status for result in results[MOST_LOST:]} == {"not-testable"}
    assert f"its process {MOST_LOST} times" in results[-1].message


def test_lost_check_reads_like_any_failure(tmp_path):
    """The message of a check without a process has the parts of every other one."""
    file = write_broken(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    message = lost_run(file, ["CHAT-001"], limit_s=60.0)["PC-CHAT-001"].message
    labels = [line[2:12].strip() for line in message.splitlines()[1:]]
    assert labels == ["rule", "expected", "actual", "wire", "fix", "more", "run again"]
    assert "signal SIGKILL" in message


def test_run_gives_up_after_many_hangs(tmp_path):
    """If check after check hangs, the last ones are not testable, whoever ended the others."""
    file = write_broken(tmp_path, "raise ValueError")
    order = Order(str(file), "mock", 3, selected(["CHAT"]), "respx", 0, watchdog_s=0.0)
    statuses = [result.status for result in run_in_children(order)[1].results]
    assert statuses[MOST_HANGS:] == ["not-testable"] * (len(statuses) - MOST_HANGS)


@pytest.mark.parametrize("line", ["sys.stdout.close()", "sys.stdout = None"])
def test_closed_output_is_no_lost_process(tmp_path, line):
    """A provider that closes what it prints to loses no result."""
    results = lost_run(write_broken(tmp_path, line), ["CHAT-001", "MODELS-001"], limit_s=60.0)
    assert {result.status for result in results.values()} == {"pass"}
