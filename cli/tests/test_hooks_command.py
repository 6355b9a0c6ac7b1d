"""``ollama-cli hooks`` lists hooks, and tries those of an event."""

import json
import signal
import time

import pytest
from ollama_cli.hooks.events import EVENTS

from ._hooks import hook, setting
from ._processes import ends, pids_in
from ._schemas import checked
from ._settings import write_settings
from ._shell import TOKEN, finish

REPLY = '{"updated_prompt": "b", "additional_context": "c"}'


@pytest.fixture
def hooks(shell, tmp_path):
    """Write hooks, and run the command from the shell."""

    def run(value, *arguments, **values):
        folder = write_settings(tmp_path, hooks=value, **values).parent
        return shell.run("hooks", *arguments, OLLAMA_CLI_CONFIG_DIR=str(folder))

    return run


def test_list(hooks) -> None:
    """A line each, with what is not written filled in; ``list`` may be left out."""
    value = setting("PreRequest", hook("python check.py", required=True), matcher="^hf/")
    value |= setting("Error", hook("logger", timeout=2.5))

    result = hooks(value)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (
        "EVENT       MATCHER  SOURCE  REQUIRED  TIMEOUT  COMMAND\n"
        "PreRequest  ^hf/     user    yes       10 s     python check.py\n"
        "Error       *        user    no        2.5 s    logger\n"
    )
    assert hooks(value, "list").stdout == result.stdout


def test_list_of_none(hooks) -> None:
    """That there are none is said."""
    assert hooks({}).stdout == "There are no hooks.\n"
    assert checked("hooks", hooks({}, "--format", "json").stdout) == {"hooks": []}


def test_list_in_json(hooks) -> None:
    """It follows its schema."""
    value = setting("PreRequest", hook("python check.py", env=["HF_TOKEN"]))

    (found,) = checked("hooks", hooks(value, "list", "--format", "json").stdout)["hooks"]

    assert (found["command"], found["env"], found["active"]) == (
        "python check.py",
        ["HF_TOKEN"],
        True,
    )


def test_hooks_that_are_disabled(hooks) -> None:
    """They are listed as such, and tried all the same."""
    value = setting("UserPromptSubmit", hook("echo no >&2; exit 2"))

    listed = hooks(value, "list", "--format", "json", disable_hooks=True)
    tried = hooks(value, "test", "UserPromptSubmit", disable_hooks=True)

    assert not json.loads(listed.stdout)["hooks"][0]["active"]
    assert "no hook is run, because the setting 'disable_hooks'" in tried.stderr
    assert "Denied: no\n" in tried.stdout


def test_credential_in_a_command_is_not_shown(hooks) -> None:
    """Whoever wrote one into a command does not see it in the list."""
    result = hooks(setting("Error", hook(f"curl -H 'Authorization: {TOKEN}' x")))

    assert TOKEN not in result.stdout
    assert "[redacted]" in result.stdout


@pytest.mark.parametrize("event", EVENTS)
def test_try_of_every_event(hooks, event) -> None:
    """The hook is told a sample that follows the schema."""
    result = hooks(setting(event, hook("true")), "test", event, "--format", "json")

    found = checked("hooks", result.stdout)
    assert result.returncode == 0
    assert checked("hook-input", found["runs"][0]["sent"])["event"] == event


def test_try_tells_all(hooks) -> None:
    """What was sent, what came back, and what it would do."""
    command = 'echo log >&2; printf \'%s\' \'{"updated_prompt": "b", "additional_context": "c"}\''

    result = hooks(
        setting("UserPromptSubmit", hook(command), matcher="^hf/x$"),
        *("test", "UserPromptSubmit", "--provider", "hf", "-m", "x", "--prompt", "a"),
    )

    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{command} (user, ")
    assert '"provider": "hf", "model": "x", "prompt": "a"}' in lines[1]
    assert lines[2:] == [
        "  exit code: 0",
        f"  stdout: {REPLY}",
        "  stderr: log",
        "",
        "Added to the prompt: c",
        "Sent instead of the prompt: b",
    ]


def test_try_of_a_hook_that_fails_exits_with_1(hooks) -> None:
    """A script notices it."""
    result = hooks(setting("Error", hook("exit 4")), "test", "Error")

    assert result.returncode == 1
    assert "problem: it exited with 4\n" in result.stdout


def test_try_without_a_hook(hooks) -> None:
    """It says so."""
    value = setting("Error", hook("true"), matcher="^hf/")
    expected = "No hook is told of Error.\n"

    assert hooks({}, "test", "Error").stdout == expected
    assert hooks(value, "test", "Error", "--provider", "ollama").stdout == expected


def test_output_of_a_hook_is_data(hooks) -> None:
    """It moves no cursor."""
    result = hooks(setting("Error", hook("printf 'a\\033[2Jb'")), "test", "Error")

    assert "  stdout: ab\n" in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("test",), "'hooks test' takes one event: SessionStart, SessionEnd"),
        (("list", "Error"), "'hooks list' takes no event"),
        (("test", "Eror"), "'Eror' is not one of"),
        (("tests",), "'tests' is not one of"),
    ],
    ids=str,
)
def test_mistakes(hooks, arguments, message) -> None:
    """They exit with 2, and say what to write."""
    result = hooks({}, *arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr


def test_settings_with_a_mistake(hooks) -> None:
    """The place of the mistake is named."""
    result = hooks({"Eror": []})

    assert result.returncode == 2
    assert "hooks: unknown event 'Eror'; did you mean 'Error'?" in result.stderr


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_interrupt_leaves_nothing(shell, tmp_path, number, code) -> None:
    """Ctrl-C, and a signal that ends the command, end the hook with its children."""
    file = tmp_path / "pids"
    command = f"trap '' INT TERM HUP; echo $$ >{file}; sleep 100 & echo $! >>{file}; wait"
    folder = write_settings(tmp_path, hooks=setting("Error", hook(command, timeout=60))).parent

    with shell.start("hooks", "test", "Error", OLLAMA_CLI_CONFIG_DIR=str(folder)) as process:
        pids = pids_in(file, 2)
        process.send_signal(number)
        result = finish(process)

    assert result.returncode == code
    assert (result.stdout, result.stderr) == ("", "")
    assert all(ends(pid) for pid in pids)


def test_second_interrupt_leaves_nothing(shell, tmp_path) -> None:
    """Ctrl-C that is pressed twice ends the command at once, and the hook before it."""
    file = tmp_path / "pids"
    command = f"echo $$ >{file}; sleep 100 & echo $! >>{file}; wait"
    folder = write_settings(tmp_path, hooks=setting("Error", hook(command, timeout=60))).parent

    with shell.start("hooks", "test", "Error", OLLAMA_CLI_CONFIG_DIR=str(folder)) as process:
        pids = pids_in(file, 2)
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            time.sleep(0.0005)
        result = finish(process)

    assert result.returncode == 130
    assert all(ends(pid) for pid in pids)


def test_a_hook_that_tries_hooks_runs_none(shell, tmp_path) -> None:
    """It would call itself without end."""
    file = tmp_path / "runs"
    command = " ".join(map(str, shell.command("hooks", "test", "Error")))
    value = setting("Error", hook(f"echo x >>{file}; {command} >&2; exit 3"))
    folder = write_settings(tmp_path, hooks=value).parent

    result = shell.run("hooks", "test", "Error", OLLAMA_CLI_CONFIG_DIR=str(folder))

    assert file.read_text() == "x\n"
    assert "no hook is run, because ollama-cli was called by a hook" in result.stdout
