"""Hooks that misbehave: the answer is there, or denied if the hook is required; nothing is left."""

import json

import pytest

from ._hooks import hook, python, says, setting
from ._processes import ends, pids_in
from ._settings import write_settings
from ._shell import TOKEN

ASK = ("--provider", "hf", "Why?")
FORKS = python(
    "import os, time\n"
    "for _ in range(3):\n"
    "    if os.fork() == 0:\n"
    "        break\n"
    "with open(os.environ['PIDS'], 'a') as file:\n"
    "    file.write(f'{os.getpid()}\\n')\n"
    "time.sleep(600)"
)
MISBEHAVING = {
    "never returns": hook("sleep 600", timeout=0.3),
    "ignores signals": hook("trap '' TERM INT HUP; while :; do sleep 1; done", timeout=0.3),
    "a megabyte": hook(python("print('x' * 1_000_000)")),
    "a megabyte of JSON": hook(python("print('{\"additional_context\": \"' + 'x' * 9_000_000)")),
    "no JSON": hook(says('{"decision": deny')),
    "no such program": hook("/no/such/program"),
    "bytes": hook(python("import sys; sys.stdout.buffer.write(bytes(range(256)) * 100)")),
    "closes everything": hook("exec <&- >&- 2>&-; exit 1"),
}
PASSES = ("a megabyte", "bytes")
"""What is not a JSON object is no answer, and no failure."""


@pytest.mark.parametrize("how", MISBEHAVING)
def test_misbehaving_hook(own, router, tmp_path, how) -> None:
    """It is one line, and the answer is whole; if the hook is required, nothing is sent."""
    given = MISBEHAVING[how]
    write_settings(tmp_path, hooks=setting("PreRequest", given))
    passed = own.run(*ASK)

    assert (passed.returncode, passed.stdout) == (0, "Blue.\n"), passed.stderr
    assert passed.stderr.count("\n") == (0 if how in PASSES else 1), passed.stderr
    assert len(passed.stderr) < 600
    assert passed.stderr.replace("\n", "").isprintable()
    if how in PASSES:
        return
    write_settings(tmp_path, hooks=setting("PreRequest", {**given, "required": True}))
    denied = own.run(*ASK)

    assert (denied.returncode, denied.stdout) == (7, "")
    assert denied.stderr.count("\n") == 1
    assert len(router.exchanges) == 1


def test_hook_that_forks_leaves_nothing(own, tmp_path) -> None:
    """Its children end with it, whether it returns or not."""
    pids = tmp_path / "pids"
    for command in (FORKS, f"{FORKS} & sleep 0.5"):
        given = hook(command, timeout=2, env=["PIDS"])
        write_settings(tmp_path, hooks=setting("PreRequest", given))
        pids.unlink(missing_ok=True)

        result = own.run(*ASK, PIDS=str(pids))

        assert (result.returncode, result.stdout) == (0, "Blue.\n")
        assert all(ends(pid) for pid in pids_in(pids, 4))


def test_hook_sees_no_credential(own, tmp_path) -> None:
    """Neither in its variables nor in what it is told, at any event."""
    seen = tmp_path / "seen"
    spy = hook(f"env >>{seen}; cat >>{seen}")
    events = ("SessionStart", "UserPromptSubmit", "PreRequest", "PostResponse", "SessionEnd")
    write_settings(tmp_path, hooks={event: setting(event, spy)[event] for event in events})

    assert own.run(*ASK).returncode == 0

    told = seen.read_text()
    assert told.count("OLLAMA_CLI_EVENT=") >= len(events)
    assert TOKEN not in told


def test_what_a_hook_prints_is_not_stored_as_an_answer(own, router, tmp_path) -> None:
    """A session holds what was sent and what the model said."""
    hooks = setting("UserPromptSubmit", hook(says(json.dumps({"updated_prompt": "Other?"}))))
    hooks |= setting("PostResponse", hook(says('{"additional_context": "evil", "text": "evil"}')))
    write_settings(tmp_path, hooks=hooks)

    id = json.loads(own.run(*ASK, "--format", "json").stdout)["session_id"]

    shown = json.loads(own.run("sessions", "show", id, "--format", "json").stdout)
    assert [each["content"] for each in shown["messages"]] == ["Other?", "Blue."]
    assert router.exchanges[0].body["messages"][-1]["content"] == "Other?"
