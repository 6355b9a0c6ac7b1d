"""Child processes, however badly they behave."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ollama_cli.processes.children import Finished, run_child

from ._processes import ends, is_running, pids_in

LIMIT = 1000
MEGABYTES = b"x" * 5_000_000


async def child(command, *, stdin=b"", timeout=10.0, folder=None, limit=LIMIT) -> Finished:
    """Run a child with this process's environment."""
    return await run_child(
        command,
        stdin=stdin,
        environment=os.environ,
        folder=folder,
        timeout=timeout,
        limit=limit,
    )


async def test_what_became_of_it_is_returned() -> None:
    """Its exit code and both outputs are."""
    found = await child("cat; echo problem >&2; exit 3", stdin=b"hello")

    assert (found.code, found.stdout, found.stderr) == (3, b"hello", b"problem\n")
    assert not found.is_cut


async def test_program_without_a_shell() -> None:
    """A list is a program with its arguments, which no shell reads."""
    found = await child([sys.executable, "-c", "import sys; print(sys.argv[1])", "$HOME; *"])

    assert found.stdout == b"$HOME; *\n"


async def test_what_never_returns_is_ended() -> None:
    """When its time is up it is killed, and has no exit code."""
    start = time.monotonic()

    found = await child("sleep 100", timeout=0.2)

    assert found.code is None
    assert time.monotonic() - start < 2


async def test_signals_cannot_be_ignored(tmp_path) -> None:
    """One that ignores SIGTERM, SIGINT and SIGHUP ends as well, with its children."""
    file = tmp_path / "pids"
    command = f"trap '' TERM INT HUP; echo $$ >>{file}; sleep 100 & echo $! >>{file}; wait"

    found = await child(command, timeout=0.3)

    assert found.code is None
    assert all(ends(pid) for pid in pids_in(file, 2))


@pytest.mark.parametrize("how", ["sleep 100 &", "nohup sleep 100 &", "(sleep 100 & ) &"])
async def test_what_it_leaves_behind_ends(tmp_path, how) -> None:
    """A child of it that still holds the pipes neither delays us nor lives on."""
    file = tmp_path / "pids"
    start = time.monotonic()

    found = await child(f"{how.replace('100 &', f'100 & echo $! >{file};')} echo done; sleep 0.1")

    assert (found.code, found.stdout) == (0, b"done\n")
    assert all(ends(pid) for pid in pids_in(file))
    assert time.monotonic() - start < 5


async def test_a_daemon_that_keeps_the_pipes_does_not_delay(tmp_path) -> None:
    """One that has left the group is not waited for; writing to us ends it."""
    file = tmp_path / "pid"
    program = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        f"        open({str(file)!r}, 'w').write(f'{{os.getpid()}}\\n')\n"
        "        for _ in range(100):\n"
        "            time.sleep(0.1); os.write(1, b'.')\n"
        "    os._exit(0)\n"
        "time.sleep(0.2); print('done', flush=True)\n"
    )
    start = time.monotonic()

    found = await child([sys.executable, "-c", program])

    assert found.code == 0
    assert b"done" in found.stdout
    assert time.monotonic() - start < 3
    assert ends(pids_in(file)[0])


async def test_output_is_read_to_its_end_and_cut() -> None:
    """Megabytes without a newline neither block it nor fill our memory."""
    found = await child("head -c 3000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero >&2")

    assert found.code == 0
    assert (found.stdout, found.is_cut) == (b"x" * LIMIT, True)
    assert len(found.stderr) == 1 << 16


async def test_output_without_end_ends() -> None:
    """One that writes for ever is ended when its time is up."""
    assert (await child("yes", timeout=0.3)).code is None


@pytest.mark.parametrize("command", ["true", "exec <&-; sleep 0.1", "head -c 10 >/dev/null"])
async def test_input_need_not_be_read(command) -> None:
    """One that reads nothing of megabytes, or closes its input early, does not fail."""
    assert (await child(command, stdin=MEGABYTES)).code == 0


async def test_input_can_be_opened_by_its_name() -> None:
    """``/dev/stdin`` works, as scripts in many languages use it."""
    found = await child("cat /dev/stdin | wc -c", stdin=MEGABYTES)

    assert int(found.stdout) == len(MEGABYTES)


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        (None, 0, "No such file"),
        ("echo hello", 0o600, "Permission denied"),
        ("#!/no/such/interpreter\n", 0o700, "No such file"),
        ("neither script nor program", 0o700, "Exec format"),
    ],
    ids=["missing", "not executable", "bad shebang", "no shebang"],
)
async def test_what_cannot_be_started_is_an_error(tmp_path, content, mode, reason) -> None:
    """The error of the system says why."""
    program = tmp_path / "program"
    if content is not None:
        program.write_text(content)
        program.chmod(mode)

    with pytest.raises(OSError, match=reason):
        await child([str(program)])


async def test_a_folder_that_is_gone_is_an_error(tmp_path) -> None:
    """So is a folder that it cannot run in."""
    with pytest.raises(OSError, match="No such file"):
        await child("true", folder=tmp_path / "gone")


async def test_a_change_of_its_folder_is_its_own(tmp_path) -> None:
    """This process stays where it is."""
    before = Path.cwd()

    found = await child(f"cd {tmp_path} && pwd")

    assert found.stdout.decode().strip() == str(tmp_path)
    assert Path.cwd() == before


async def test_it_has_no_terminal() -> None:
    """It leads a session of its own, so it neither takes keys nor gets our Ctrl-C."""
    found = await child([sys.executable, "-c", "import os; print(os.getsid(0) == os.getpid())"])

    assert found.stdout == b"True\n"


async def test_many_at_once() -> None:
    """Fifty at the same time each get their own input and output."""
    texts = [f"{number}\n".encode() for number in range(50)]

    found = await asyncio.gather(*(child("cat", stdin=text) for text in texts))

    assert [each.stdout for each in found] == texts


async def test_no_file_stays_open() -> None:
    """However a child ends, its pipes and its input are closed after it."""
    await child("true")  # the loop keeps what it opened for the first one
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208 - the number alone

    await asyncio.gather(
        child("cat", stdin=b"x"),
        child("sleep 100", timeout=0.2),
        child("sleep 100 & exit 3"),
        child(["/no/such/program"]),
        return_exceptions=True,
    )

    assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208 - the number alone


async def test_cancelling_ends_it(tmp_path) -> None:
    """If the call is cancelled, the group has ended before the call does."""
    file = tmp_path / "pids"
    task = asyncio.create_task(child(f"echo $$ >{file}; sleep 100 & echo $! >>{file}; wait"))
    while len(file.read_text().splitlines() if file.exists() else ()) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not any(is_running(pid) for pid in pids_in(file, 2))


@pytest.mark.parametrize("turns", range(6))
async def test_cancelling_twice_ends_it(tmp_path, turns) -> None:
    """A second cancellation, at whichever moment, leaves nothing behind, nor open."""
    file = tmp_path / "pid"
    task = asyncio.create_task(child(f"echo $$ >{file}; sleep 100"))
    await asyncio.sleep(0.02 * turns)

    for _ in range(3):
        task.cancel()
        for _ in range(turns):
            await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not file.exists() or not is_running(int(file.read_text() or 0))


async def test_cancelling_while_it_starts_ends_it(tmp_path) -> None:
    """However early the call is cancelled, nothing is left."""
    file = tmp_path / "pids"
    for turn in range(20):
        task = asyncio.create_task(child(f"echo $$ >>{file}; sleep 100"))
        for _ in range(turn % 5):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    left = [int(pid) for pid in file.read_text().split()] if file.exists() else []
    assert not any(is_running(pid) for pid in left)


async def test_cancelling_what_cannot_be_started_is_no_other_error(tmp_path) -> None:
    """Ctrl-C is not lost for it."""
    for turn in range(5):
        task = asyncio.create_task(child([str(tmp_path / "missing")]))
        for _ in range(turn + 1):
            await asyncio.sleep(0)
        if not task.done():
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return
    raise AssertionError("it never took time")


PROGRAM = """
import asyncio, os, sys
from ollama_cli.processes.children import run_child
options = {"environment": os.environ, "folder": None, "timeout": 60, "limit": 9}
asyncio.run(run_child(sys.argv[1], stdin=b"", **options))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_us_ends_it(tmp_path, number) -> None:
    """This process ends by the signal, and the group before it."""
    file = tmp_path / "pids"
    command = f"echo $$ >{file}; sleep 100 & echo $! >>{file}; wait"
    with subprocess.Popen([sys.executable, "-c", PROGRAM, command]) as process:
        pids = pids_in(file, 2)
        process.send_signal(number)
        code = process.wait(10)

    assert code == -number
    assert all(ends(pid) for pid in pids)


def test_an_end_without_the_loop_ends_it(tmp_path) -> None:
    """A second Ctrl-C leaves no time to cancel anything; the group is killed all the same."""
    file = tmp_path / "pids"
    program = f"from ollama_cli.processes import interrupts\ninterrupts.install()\n{PROGRAM}"
    command = f"echo $$ >{file}; sleep 100 & echo $! >>{file}; wait"
    with subprocess.Popen([sys.executable, "-c", program, command]) as process:
        pids = pids_in(file, 2)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        code = process.wait(10)

    assert code == 130
    assert all(ends(pid) for pid in pids)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_it_starts_leaves_nothing(tmp_path, number) -> None:
    """The child itself sends the signal at once, before this process knows that it runs."""
    file = tmp_path / "pids"
    command = f"echo $$ >{file}; kill -{number.value} $PPID; sleep 100"
    for _ in range(5):
        file.unlink(missing_ok=True)
        with subprocess.Popen([sys.executable, "-c", PROGRAM, command]) as process:
            code = process.wait(10)

        assert code == -number
        assert all(ends(pid) for pid in pids_in(file))


async def test_handlers_of_signals_are_left_as_they_were() -> None:
    """After it, the signals do what they did before."""
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]

    await asyncio.gather(child("true"), child("sleep 0.1"))

    assert [signal.getsignal(number) for number in numbers] == before
