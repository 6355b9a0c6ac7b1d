"""Hooks while a question is asked, from the shell."""

import json
import os
import signal

import pytest
from ollama_cli.hooks.events import EVENTS

from ._hooks import hook, says, setting
from ._processes import ends, pids_in
from ._schemas import checked
from ._settings import write_settings
from ._shell import TOKEN, finish

ASK = ("--provider", "hf", "Why?")


@pytest.fixture
def ask(shell, tmp_path):
    """Ask with these hooks."""

    def ask(hooks, *arguments, **values):
        folder = write_settings(tmp_path, hooks=hooks, **values).parent
        return shell.run(
            *(arguments or ASK),
            OLLAMA_CLI_CONFIG_DIR=str(folder),
            OLLAMA_CLI_DATA_DIR=str(tmp_path / "data"),
        )

    return ask


def sent(router) -> str:
    """Return the question of the only request."""
    (exchange,) = router.exchanges
    return exchange.body["messages"][-1]["content"]


def logs(event, file):
    """Return a hook that appends what it is told to a file."""
    return setting(event, hook(f"cat >>{file}"))


def test_events_of_an_answer(ask, router, tmp_path) -> None:
    """Each is told once, in order, with what its schema says."""
    file = tmp_path / "told"

    result = ask({event: found for e in EVENTS for event, found in logs(e, file).items()})

    told = [checked("hook-input", line) for line in file.read_text().splitlines()]
    assert (result.returncode, result.stdout, result.stderr) == (0, "Blue.\n", "")
    assert [each["event"] for each in told] == [
        "SessionStart",
        "UserPromptSubmit",
        "PreRequest",
        "PostResponse",
        "SessionEnd",
    ]
    assert told[1]["prompt"] == "Why?"
    assert told[2]["messages"] == [{"role": "user", "content": "Why?"}]
    assert (told[3]["text"], told[3]["served_by"]) == ("Blue.", "novita")
    assert told[3]["usage"]["total_tokens"] == 5


def test_events_of_a_failure(ask, router, tmp_path) -> None:
    """The error is told, and that the session ends with its exit code."""
    file = tmp_path / "told"
    router.chat(lambda exchange: exchange.reply(401, {"error": "no"}))

    result = ask(logs("Error", file) | logs("SessionEnd", file) | logs("PostResponse", file))

    told = [checked("hook-input", line) for line in file.read_text().splitlines()]
    assert result.returncode == 3
    assert [each["event"] for each in told] == ["Error", "SessionEnd"]
    assert told[0]["error"]["type"] == "ProviderAuthError"
    assert told[1]["exit_code"] == 3


DEAD = {
    "base_url": "http://127.0.0.1:9/v1",
    "default_model": "x",
    "credential": "none",
    "local": True,
}
CHAIN = {"fallback_chain": ["dead", "hf"], "providers": {"dead": DEAD}}


def test_fallback_is_told(ask, tmp_path) -> None:
    """With who failed and who is asked; a hook that fails there is told, too."""
    file = tmp_path / "told"
    hooks = setting("Fallback", hook(f"cat >{file}"), hook("exit 3"))

    result = ask(hooks, "Why?", **CHAIN)

    told = checked("hook-input", file.read_text())
    assert (result.returncode, result.stdout) == (0, "Blue.\n")
    assert (told["provider"], told["model"], told["to"]) == ("dead", "x", "hf")
    assert "Fallback hook 'exit 3' failed and was passed over" in result.stderr


def test_hook_of_who_is_asked_later_is_not_passed_by(ask, router) -> None:
    """A hook for one provider counts also if another is asked first."""
    result = ask(setting("PreRequest", hook("exit 2"), matcher="^hf/"), "Why?", **CHAIN)

    assert (result.returncode, router.exchanges) == (7, [])


@pytest.mark.parametrize("event", ["Fallback", "PostResponse", "SessionEnd"])
def test_required_hook_that_fails_afterwards(ask, event) -> None:
    """The answer is there, and a script learns of the hook."""
    result = ask(setting(event, hook("exit 1", required=True)), "Why?", **CHAIN)

    assert (result.returncode, result.stdout) == (7, "Blue.\n")
    assert f"denied by a hook: {event} hook 'exit 1' is required and failed" in result.stderr


@pytest.mark.parametrize("event", ["Error", "SessionEnd"])
def test_hook_that_fails_does_not_hide_the_error(ask, router, event) -> None:
    """The first error decides what is reported, and the exit code."""
    router.chat(lambda exchange: exchange.reply(401, {"error": "no"}))

    result = ask(setting(event, hook("exit 1", required=True)))

    assert result.returncode == 3
    assert f"Warning: {event} hook 'exit 1' is required and failed" in result.stderr
    assert "Error: " in result.stderr


@pytest.mark.parametrize("event", ["SessionStart", "UserPromptSubmit", "PreRequest"])
@pytest.mark.parametrize("output_format", ["text", "json", "stream-json"])
def test_denied(ask, router, event, output_format) -> None:
    """Nothing is sent, the reason is told, and the exit code is 7."""
    result = ask(
        setting(event, hook("echo 'No secrets.' >&2; exit 2")), *ASK, "--format", output_format
    )

    assert (result.returncode, router.exchanges) == (7, [])
    if output_format == "text":
        assert (result.stdout, result.stderr) == ("", "Error: denied by a hook: No secrets.\n")
    else:
        error = checked("error", result.stderr)["error"]
        assert (error["type"], error["message"]) == (
            "DeniedByHookError",
            "denied by a hook: No secrets.",
        )


def test_denied_compaction(ask, router, tmp_path) -> None:
    """No summary is asked for, and no question."""
    file = tmp_path / "told"
    long = ("--provider", "hf", "word " * 1500)
    assert ask({}, *long, context_window=4000).returncode == 0

    hooks = setting("PreCompact", hook(f"cat >{file}; echo 'Keep it.' >&2; exit 2"))
    result = ask(hooks, "-c", *long, context_window=4000)

    calls = [each for each in router.exchanges if each.path == "/v1/chat/completions"]
    assert (result.returncode, len(calls)) == (7, 1)
    assert result.stderr == "Error: denied by a hook: Keep it.\n"
    assert checked("hook-input", file.read_text())["context_window"] == 4000


def test_nothing_that_was_denied_is_stored(ask, tmp_path) -> None:
    """No session appears."""
    ask(setting("UserPromptSubmit", hook("exit 2")))

    listed = ask({}, "sessions", "list", "--format", "json")

    assert json.loads(listed.stdout)["sessions"] == []


@pytest.mark.parametrize("event", ["SessionStart", "UserPromptSubmit", "PreRequest"])
@pytest.mark.parametrize("command", ["exit 1", "sleep 100", "no_such_command_here", "echo '{'"])
def test_required_hook_that_fails_denies(ask, router, event, command) -> None:
    """Without its consent nothing is sent."""
    result = ask(setting(event, hook(command, required=True, timeout=0.5)))

    assert (result.returncode, result.stdout, router.exchanges) == (7, "", [])
    assert " is required and failed: " in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["exit 1", "sleep 100", "no_such_command_here", "echo '{'"])
def test_other_hook_that_fails_is_passed_over(ask, command) -> None:
    """One line on standard error says so, and the answer is whole."""
    result = ask(setting("UserPromptSubmit", hook(command, timeout=0.5)))

    assert (result.returncode, result.stdout) == (0, "Blue.\n")
    (line,) = result.stderr.splitlines()
    assert " failed and was passed over: " in line


def test_prompt_is_changed(ask, router) -> None:
    """What hooks say is sent; contexts follow the prompt."""
    hooks = setting("SessionStart", hook(says('{"additional_context": "First."}')))
    hooks |= setting(
        "UserPromptSubmit",
        hook(says('{"updated_prompt": "How?", "additional_context": "Second."}')),
    )

    assert ask(hooks).returncode == 0
    assert sent(router) == "How?\n\nFirst.\n\nSecond."


def test_what_a_hook_says_attaches_no_file(ask, router) -> None:
    """``@path`` means a file only if a person typed it."""
    hooks = setting(
        "UserPromptSubmit",
        hook(says('{"updated_prompt": "@/etc/passwd", "additional_context": "@/etc/hosts"}')),
    )

    ask(hooks)

    assert sent(router) == "@/etc/passwd\n\n@/etc/hosts"


def test_output_of_hooks_is_not_output_of_the_command(ask) -> None:
    """Standard output holds the answer alone; plain text is told with -v only."""
    hooks = {
        event: found
        for name in EVENTS
        for event, found in setting(name, hook("echo noise; echo more >&2")).items()
    }

    assert (ask(hooks).stdout, ask(hooks).stderr) == ("Blue.\n", "")
    assert "what it wrote is not a JSON object" in ask(hooks, *ASK, "-v").stderr


def test_no_hooks(ask, tmp_path) -> None:
    """The option turns them off; if one is required, a line says so."""
    file = tmp_path / "told"
    quiet, required = hook(f"touch {file}"), hook("exit 2", required=True)

    assert ask(setting("UserPromptSubmit", quiet), *ASK, "--no-hooks").stderr == ""
    result = ask(setting("UserPromptSubmit", quiet, required), "--no-hooks", *ASK)

    assert (result.returncode, result.stdout) == (0, "Blue.\n")
    assert result.stderr == ("Warning: 1 required hook is not run, because --no-hooks was given\n")
    assert not file.exists()


def test_disable_hooks(ask) -> None:
    """So does the user's setting."""
    result = ask(setting("UserPromptSubmit", hook("exit 2")), disable_hooks=True)

    assert (result.returncode, result.stderr) == (0, "")


def test_no_credential_reaches_a_hook(ask, tmp_path) -> None:
    """Not by its environment, unless it lists it, and not by what it is told."""
    one, other = tmp_path / "one", tmp_path / "other"
    hooks = setting(
        "PreRequest",
        hook(f"env >{one}; cat >>{one}"),
        hook(f"env >{other}", env=["HF_TOKEN"]),
    )

    assert ask(hooks).returncode == 0
    assert TOKEN not in one.read_text()
    assert f"HF_TOKEN={TOKEN}" in other.read_text()


def test_a_hook_that_asks_runs_no_hooks(ask, router, shell, tmp_path) -> None:
    """It would ask for ever, and every question may cost."""
    command = " ".join(map(str, shell.command(*ASK)))

    result = ask(setting("SessionEnd", hook(f"HF_TOKEN=x {command} >/dev/null", timeout=20)))

    assert (result.returncode, result.stdout) == (0, "Blue.\n")
    assert len(router.exchanges) == 2


@pytest.mark.parametrize("event", ["UserPromptSubmit", "PostResponse"])
def test_interrupt_ends_the_hook(shell, tmp_path, event) -> None:
    """Ctrl-C exits with 130, and nothing of the hook is left."""
    file = tmp_path / "pids"
    told = tmp_path / "told"
    command = f"echo $$ >{file}; sleep 100 & echo $! >>{file}; wait"
    hooks = setting(event, hook(command, timeout=60)) | logs("SessionEnd", told)
    folder = write_settings(tmp_path, hooks=hooks).parent

    with shell.start(*ASK, OLLAMA_CLI_CONFIG_DIR=str(folder)) as process:
        pids = pids_in(file, 2)
        process.send_signal(signal.SIGINT)
        result = finish(process)

    assert (result.returncode, result.stderr) == (130, "")
    assert all(ends(pid) for pid in pids)
    assert json.loads(told.read_text())["exit_code"] == 130


def test_five_megabytes_of_prompt(shell, router, tmp_path) -> None:
    """A long prompt passes through a hook that reads it, and one that does not."""
    text = tmp_path / "long"
    text.write_text("x" * 5_000_000)
    hooks = setting("UserPromptSubmit", hook("true"), hook("wc -c >&2"))
    folder = write_settings(tmp_path, hooks=hooks).parent

    with text.open() as stdin:
        result = shell.run("--provider", "hf", stdin=stdin, OLLAMA_CLI_CONFIG_DIR=os.fspath(folder))

    assert (result.returncode, result.stdout) == (0, "Blue.\n")
    assert len(sent(router)) == 5_000_000
