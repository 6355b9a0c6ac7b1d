"""What hooks are told, what they say, and what becomes of those that misbehave."""

import asyncio
import json
import os

import pytest
from ollama_cli.command_line.exit_codes import exit_code
from ollama_cli.hooks import DeniedByHookError
from ollama_cli.hooks.events import CAN_BE_DENIED, EVENTS
from ollama_cli.hooks.samples import sample_of

from ._hooks import fire, hook, hooks_of, python, says, setting
from ._schemas import checked
from ._shell import TOKEN

DENIES = "echo 'No secrets.' >&2; exit 2"
DENIES_IN_JSON = says('{"decision": "deny", "reason": "No secrets."}')
INFORMED = sorted(EVENTS.keys() - CAN_BE_DENIED)


@pytest.mark.parametrize("event", EVENTS)
async def test_what_a_hook_is_told(tmp_path, event) -> None:
    """Its standard input is the published JSON."""
    file = tmp_path / "told"

    await fire(hook(f"cat >{file}"), event=event, **sample_of(event, None))

    told = checked("hook-input", file.read_text())
    assert (told["event"], told["session_id"]) == (event, "s1")
    assert (told["provider"], told["model"]) == ("hf", "org/one")
    assert told["cwd"] == os.getcwd()  # noqa: PTH109 - the text, not a path


@pytest.mark.parametrize("event", EVENTS)
async def test_what_is_not_known_is_null(tmp_path, event) -> None:
    """A caller may leave out what it does not know, apart from the question."""
    file = tmp_path / "told"
    known = {"PreRequest": {"messages": [], "stream": False}}.get(event, {})

    await fire(hook(f"cat >{file}"), event=event, **known)

    checked("hook-input", file.read_text())


async def test_variables_of_a_hook() -> None:
    """They name the event, the session, who answers, and the folder."""
    names = ("EVENT", "SESSION_ID", "PROVIDER", "MODEL", "PROJECT_DIR")
    shown = " ".join(f'"$OLLAMA_CLI_{name}"' for name in names)

    outcome = await fire(hook(f"printf '%s|' {shown} >&2; exit 2"))

    folder = os.getcwd()  # noqa: PTH109 - the text, not a path
    assert outcome.denied == f"UserPromptSubmit|s1|hf|org/one|{folder}|"


async def test_names_with_nul_and_halves_of_characters_do_no_harm() -> None:
    """A model may have any name."""
    hooks = hooks_of(hooks=setting("Error", hook("cat >&2; exit 3")))

    outcome = await hooks.fire("Error", "hf", "a\0b\ud800", None, error=None)

    assert "exited with 3" in outcome.notes[0]


async def test_it_that_says_nothing_changes_nothing() -> None:
    """Success without a word is consent."""
    outcome = await fire(hook("true"))

    assert (outcome.denied, outcome.updated_prompt, outcome.additional_context) == (None, None, [])
    assert (outcome.notes, outcome.details) == ([], [])


@pytest.mark.parametrize("event", sorted(CAN_BE_DENIED))
@pytest.mark.parametrize("command", [DENIES, DENIES_IN_JSON], ids=["exit 2", "json"])
async def test_denied(event, command) -> None:
    """Exit code 2 or a decision denies, with the reason."""
    outcome = await fire(hook(command), event=event, **sample_of(event, None))

    assert outcome.denied == "No secrets."


@pytest.mark.parametrize("event", INFORMED)
@pytest.mark.parametrize("command", [DENIES, DENIES_IN_JSON], ids=["exit 2", "json"])
async def test_what_has_happened_cannot_be_denied(event, command) -> None:
    """It is told, and nothing is denied."""
    outcome = await fire(hook(command), event=event, **sample_of(event, None))

    assert outcome.denied is None
    assert f"{event} cannot be denied (No secrets.)" in outcome.notes[0]


@pytest.mark.parametrize("command", ["exit 2", says('{"decision": "deny"}')])
async def test_denied_without_a_reason(command) -> None:
    """That is said as well."""
    assert (await fire(hook(command))).denied == "it gave no reason"


async def test_the_first_that_denies_is_the_last_that_runs(tmp_path) -> None:
    """Those after it are not run."""
    outcome = await fire(hook("true"), hook(DENIES), hook(f"touch {tmp_path / 'ran'}"))

    assert outcome.denied == "No secrets."
    assert not (tmp_path / "ran").exists()
    assert len(outcome.runs) == 2


def test_denial_exits_with_7() -> None:
    """It is an error of its own."""
    assert exit_code(DeniedByHookError("No secrets.")) == 7
    assert DeniedByHookError("No secrets.").message == "denied by a hook: No secrets."


async def test_context_is_added() -> None:
    """Each hook may add some."""
    one, other = (says(json.dumps({"additional_context": text})) for text in ("One.", "Two."))

    assert (await fire(hook(one), hook(other))).additional_context == ["One.", "Two."]


async def test_prompt_is_updated_for_the_next_hook() -> None:
    """The next sees the prompt as the one before left it, and the last one counts."""
    doubles = python(
        "import json, sys; told = json.load(sys.stdin)\n"
        "print(json.dumps({'updated_prompt': 2 * told['prompt']}))"
    )

    outcome = await fire(hook(doubles), hook(doubles), hook("true"), prompt="ab")

    assert outcome.updated_prompt == "abababab"


async def test_long_prompt_goes_both_ways() -> None:
    """Megabytes can be read, changed and written."""
    swaps = python(
        "import json, sys; told = json.load(sys.stdin)\n"
        "print(json.dumps({'updated_prompt': told['prompt'].replace('x', 'y')}))"
    )

    outcome = await fire(hook(swaps), prompt="x" * 5_000_000)

    assert outcome.updated_prompt == "y" * 5_000_000


async def test_json_may_follow_what_was_logged() -> None:
    """A denial is not lost because something else wrote lines before it."""
    command = says('Loading...\ndone\n{"decision": "deny", "reason": "No secrets."}\n')

    assert (await fire(hook(command))).denied == "No secrets."


async def test_line_break_within_a_text_is_read() -> None:
    """A shell writes it so where it has most to say."""
    command = says('{"decision": "deny", "reason": "One.\nTwo."}')

    assert (await fire(hook(command))).denied == "One. Two."


async def test_byte_order_mark_is_no_text() -> None:
    """JSON may begin with one, as some tools write it."""
    command = python('import sys; sys.stdout.buffer.write(b\'\\xef\\xbb\\xbf{"decision":"deny"}\')')

    assert (await fire(hook(command))).denied == "it gave no reason"


@pytest.mark.parametrize("text", ["fine", "[1, 2]", '"deny"', "null", "\ufffe{", "x" * 1_000_000])
async def test_other_text_is_not_used(text) -> None:
    """What is not a JSON object is a detail for --verbose, and no failure."""
    outcome = await fire(hook(python(f"import sys; sys.stdout.write({text[:9]!r} * {len(text)})")))

    assert (outcome.denied, outcome.additional_context, outcome.notes) == (None, [], [])
    assert "is not a JSON object" in outcome.details[0]


BAD_JSON = {
    "{": "is not JSON",
    "{'decision': 'deny'}": "is not JSON",
    '{"decision": NaN}': "NaN is not JSON",
    '{"decision": "block"}': "'decision' in its JSON must be one of allow, deny",
    '{"decision": true}': "'decision' in its JSON must be a text",
    '{"decison": "deny"}': "unknown key 'decison'; did you mean 'decision'?",
    '{"updated_prompt": 7}': "'updated_prompt' in its JSON must be a text",
    '{"updated_prompt": " "}': "'updated_prompt' is empty",
    '{"additional_context": []}': "'additional_context' in its JSON must be a text",
    '{"decision": "allow"} {"decision": "deny"}': "is not JSON",
}


@pytest.mark.parametrize(("text", "problem"), BAD_JSON.items())
async def test_bad_json_is_a_failure(text, problem) -> None:
    """What begins like JSON was meant as an answer."""
    outcome = await fire(hook(says(text)))

    assert outcome.denied is None
    assert problem in outcome.notes[0]


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("print('{\"a\":' * 100_000)", "nested too deeply"),
        ("import sys; sys.stdout.buffer.write(b'{\\xff}')", "is not JSON"),
        ("print('{\"reason\":' + '9' * 10_000 + '}')", "is not JSON"),
        ("print('{' + ' ' * (17 << 20) + '}')", "it wrote more than 16 MiB"),
        (
            "import json; print(json.dumps({'additional_context': 'x' * 100_001}))",
            "longer than 100000 characters",
        ),
    ],
    ids=["nested", "not UTF-8", "digits", "long", "much context"],
)
async def test_hostile_output_is_a_failure(program, problem) -> None:
    """Neither depth nor length nor bytes do more harm than that."""
    outcome = await fire(hook(python(program)))

    assert problem in outcome.notes[0]
    assert "\n" not in outcome.notes[0]


@pytest.mark.parametrize(
    ("event", "key"),
    [
        ("PreRequest", "additional_context"),
        ("PostResponse", "additional_context"),
        ("SessionStart", "updated_prompt"),
        ("PreRequest", "updated_prompt"),
    ],
)
async def test_what_has_no_effect_is_told(event, key) -> None:
    """Nobody believes that it was used."""
    outcome = await fire(hook(says(f'{{"{key}": "x"}}')), event=event, **sample_of(event, None))

    assert f"'{key}' has no effect at {event}" in outcome.notes[0]


FAILING = {
    "exit 1": "it exited with 1",
    "echo 'a\nthe last line' >&2; exit 3": "it exited with 3: the last line",
    "no_such_command_here": "it exited with 127: ",
    "/dev/null": "it exited with 126: ",
    "kill -9 $$": "it was ended by signal 9",
    "sleep 100": "it did not end within 0.5 s",
    "kill -STOP $$": "it did not end within 0.5 s",
}


@pytest.mark.parametrize(("command", "problem"), FAILING.items())
async def test_failing_hook_is_passed_over(command, problem) -> None:
    """It is one line, and the next hook runs."""
    outcome = await fire(hook(command, timeout=0.5), hook(says('{"additional_context": "Next."}')))

    assert outcome.denied is None
    assert outcome.additional_context == ["Next."]
    (note,) = outcome.notes
    assert note.startswith("UserPromptSubmit hook ")
    assert f" failed and was passed over: {problem}" in note
    assert "\n" not in note


@pytest.mark.parametrize(("command", "problem"), FAILING.items())
async def test_required_hook_that_fails_denies(command, problem) -> None:
    """It fails closed, and those after it are not run."""
    outcome = await fire(hook(command, timeout=0.5, required=True), hook("true"))

    assert f" is required and failed: {problem}" in (outcome.denied or "")
    assert (len(outcome.runs), outcome.notes) == (1, [])


@pytest.mark.parametrize("event", INFORMED)
async def test_required_hook_that_fails_afterwards_is_not_hidden(event) -> None:
    """The caller learns it, although what has happened stays."""
    outcome = await fire(hook("exit 1", required=True), event=event, **sample_of(event, None))

    assert "is required and failed" in (outcome.denied or "")


async def test_escapes_are_removed() -> None:
    """What a hook writes moves no cursor, hides nothing, and is on one line."""
    text = "a\\033[2J\\033]0;title\\007\\rb\\nc"

    denied = await fire(hook(f"printf '{text}' >&2; exit 2"))
    failed = await fire(hook(f"printf 'x\\n\\033[31mred' >&2; exit 5 # {chr(27)}[2J"))
    added = await fire(hook(says('{"additional_context": "a\\u001b[31mb\\ud800\\nc"}')))

    assert denied.denied == "ab c"
    assert "\x1b" not in failed.notes[0]
    assert failed.notes[0].endswith(": red")
    assert added.additional_context == ["ab?\nc"]


async def test_long_reason_is_cut() -> None:
    """A megabyte is no reason."""
    outcome = await fire(hook("head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 2"))

    assert outcome.denied == "x" * 500 + "..."


async def test_credentials_are_not_repeated(monkeypatch) -> None:
    """One that a hook was given does not come back in what is shown."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    given = {"env": ["HF_TOKEN"]}

    denied = await fire(hook('echo "token $HF_TOKEN" >&2; exit 2', **given))
    failed = await fire(hook(f'echo "{TOKEN}" >&2; exit 3', **given))

    assert denied.denied == "token [redacted]"
    assert failed.notes
    assert TOKEN not in failed.notes[0]


async def test_fifty_hooks() -> None:
    """All are run, in order."""
    texts = [str(number) for number in range(50)]
    hooks = [hook(says(json.dumps({"additional_context": text}))) for text in texts]

    assert (await fire(*hooks)).additional_context == texts


async def test_events_at_the_same_time() -> None:
    """They do not see each other."""
    echoes = python(
        "import json, sys; told = json.load(sys.stdin)\n"
        "print(json.dumps({'additional_context': told['prompt']}))"
    )

    found = await asyncio.gather(*(fire(hook(echoes), prompt=str(n)) for n in range(10)))

    assert [outcome.additional_context for outcome in found] == [[str(n)] for n in range(10)]


async def test_only_what_matches_is_run() -> None:
    """The matcher and the event decide."""
    hooks = hooks_of(hooks=setting("PreRequest", hook(DENIES), matcher="^ollama/"))
    fields = sample_of("PreRequest", None)

    assert (await hooks.fire("PreRequest", "hf", "ollama/x", None, **fields)).denied is None
    assert (await hooks.fire("PreRequest", "ollama", "x", None, **fields)).denied == "No secrets."
    assert (await hooks.fire("UserPromptSubmit", "ollama", "x", None, prompt="")).denied is None


async def test_who_else_may_be_asked_counts_as_well() -> None:
    """A hook for one provider is not passed by because another is asked first."""
    hooks = hooks_of(hooks=setting("PreRequest", hook(DENIES), matcher="^claude/"))
    fields = sample_of("PreRequest", None)

    found = [
        (await hooks.fire("PreRequest", "ollama", "x", None, others=others, **fields)).denied
        for others in ((), ("claude/opus",))
    ]

    assert found == [None, "No secrets."]


def test_listening_is_per_event() -> None:
    """Without a hook nothing has to be collected for it."""
    hooks = hooks_of(hooks=setting("PreRequest", hook("true")))

    assert [event for event in EVENTS if hooks.listens(event)] == ["PreRequest"]
    assert not any(hooks_of().listens(event) for event in EVENTS)


@pytest.mark.parametrize("how", ["option", "setting", "called by a hook"])
async def test_hooks_can_be_turned_off(monkeypatch, how) -> None:
    """By the person at the keyboard, by the user's setting, and within a hook."""
    values = {"hooks": setting("UserPromptSubmit", hook(DENIES, required=True))}
    if how == "setting":
        values["disable_hooks"] = True
    if how == "called by a hook":
        monkeypatch.setenv("OLLAMA_CLI_EVENT", "PreRequest")

    hooks = hooks_of(**values, no_hooks=how == "option")

    assert not hooks.listens("UserPromptSubmit")
    assert (await hooks.fire("UserPromptSubmit", "hf", None, None, prompt="")).denied is None
    assert hooks.note() is not None
    assert "1 required hook is not run, because" in hooks.note()


def test_hooks_that_are_not_required_go_without_a_word() -> None:
    """The user asked for it."""
    hooks = hooks_of(hooks=setting("Error", hook("true")), no_hooks=True)

    assert hooks.note() is None
    assert hooks_of().note() is None
