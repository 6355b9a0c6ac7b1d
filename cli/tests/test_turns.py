"""One turn: asked within its session, shown, stored, and told to hooks."""

import json
import signal
from pathlib import Path

import pytest
from provider_sdk import (
    ContextLengthError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    StreamInterruptedError,
)
from provider_sdk.testing import FakeProvider

from ._hooks import hook, python, setting


class Service(FakeProvider):
    """Serves several commands, each of which closes its provider."""

    async def aclose(self) -> None:
        """Stay open for the next command."""


@pytest.fixture
def ask(invoke):
    """Ask the provider ``fake``."""
    return lambda *arguments, **more: invoke("--provider", "fake", *arguments, **more)


@pytest.fixture
def stored(invoke):
    """Return what ``sessions show`` says of the only session."""

    def show():
        listed = json.loads(invoke("sessions", "list", "--format", "json").stdout)["sessions"]
        if not listed:
            return None
        (session,) = listed
        return json.loads(invoke("sessions", "show", session["id"], "--format", "json").stdout)

    return show


def texts(call) -> list[tuple[str, str]]:
    """Return role and text of each message of a call."""
    return [(message.role, message.text) for message in call.messages]


def test_question_and_answer_are_stored(ask, fake, stored) -> None:
    """A question without options begins a session."""
    fake(Service("Blue."))

    ask("Why?")

    found = stored()
    assert found["title"] == "Why?"
    assert [message["content"] for message in found["messages"]] == ["Why?", "Blue."]


def test_session_is_in_the_json(ask, fake, stored) -> None:
    """The id that JSON names is the one that is listed."""
    fake(Service("Blue."))

    found = json.loads(ask("Why?", "--format", "json").stdout)

    assert found["session_id"] == stored()["id"]


@pytest.mark.parametrize("way", ["-c", "--session"])
def test_continued_session_sends_what_was_said(ask, fake, stored, way) -> None:
    """The newest session, or the one that is named, goes on; its system prompt too."""
    service = fake(Service("Blue.", "Wet."))
    ask("Why?", "--system", "Be brief.")
    more = ["-c"] if way == "-c" else ["--session", stored()["id"].split("-")[1]]

    ask("And the sea?", *more)

    assert texts(service.calls[1]) == [
        ("system", "Be brief."),
        ("user", "Why?"),
        ("assistant", "Blue."),
        ("user", "And the sea?"),
    ]
    assert [message["role"] for message in stored()["messages"]] == [
        "system",
        *("user", "assistant") * 2,
    ]


def test_system_prompt_of_a_session_can_be_replaced(ask, fake) -> None:
    """A new system prompt counts from then on."""
    service = fake(Service("a", repeat=True))
    ask("1", "--system", "old")
    ask("2", "-c", "--system", "new")
    ask("3", "-c")

    assert [texts(call)[0][1] for call in service.calls] == ["old", "new", "new"]


def test_turn_state_of_a_provider_goes_back_to_it(ask, fake) -> None:
    """``provider_data`` survives between two processes."""
    from provider_sdk import ChatResponse

    state = {"fake": {"signature": "x" * 50}}
    service = fake(Service(ChatResponse(text="Blue.", provider_data=state), "Wet."))
    ask("Why?")
    ask("And?", "-c")

    assert service.calls[1].messages[1].provider_data == state


@pytest.mark.parametrize("named", [(), ("--provider", "fake")])
def test_continued_session_keeps_provider_and_model(invoke, fake, named) -> None:
    """Who answered last goes on, with the same model, if nothing names another."""
    service = fake(Service("Blue.", "Wet."))
    invoke("--provider", "fake", "-m", "large", "Why?")

    assert invoke("-c", "And?", *named).exit_code == 0
    assert [call.model for call in service.calls] == ["large", "large"]


@pytest.mark.parametrize("named", [("--provider", "other"), ("-m", "other/small")])
def test_continued_session_goes_to_who_is_named(invoke, fake, named) -> None:
    """Another provider gets what was said, and not the name of a model of the first."""
    fake(Service("Blue."))
    other = fake(Service("Wet.", default_model="small"), "other")
    invoke("--provider", "fake", "-m", "large", "Why?")

    invoke("-c", "And?", *named)

    assert [call.model for call in other.calls] == ["small"]


def test_unknown_provider_of_a_session_is_told(invoke, fake) -> None:
    """If who answered last is not installed any more, the message says who named it."""
    fake(Service("Blue."))
    invoke("--provider", "fake", "Why?")
    exported = json.loads(invoke("sessions", "export", "--all").stdout)
    exported["turns"][0]["provider"] = exported["provider"] = "gone"
    invoke("sessions", "delete", "--all", "--yes")
    invoke("sessions", "import", "-", input=json.dumps(exported))

    result = invoke("-c", "And?")

    assert result.exit_code == 2
    assert "no provider is called 'gone'" in result.stderr
    assert "It is named by the session " in result.stderr


def test_model_that_is_not_found_may_be_meant_otherwise(invoke, fake, settings) -> None:
    """If a name could be another provider's model, the error comes after a line that says so."""
    error = ProviderModelNotFoundError("no such model", model="claude/opus", provider="fake")
    fake(Service(error))
    settings(provider="fake", providers={"fake": {"default_model": "org/m"}})

    result = invoke("-m", "claude/opus", "Why?")

    note, problem = result.stderr.splitlines()
    assert result.exit_code == 5
    assert note.endswith("for the provider claude, write --provider claude -m opus")
    assert problem.startswith("Error: model 'claude/opus': no such model")


@pytest.mark.parametrize("how", ["option", "setting"])
def test_nothing_is_stored_if_so_wished(ask, fake, stored, settings, how) -> None:
    """The option and the setting keep questions from being stored."""
    fake(Service("Blue."))
    settings(**({"sessions": False} if how == "setting" else {}))

    found = ask("Why?", "--format", "json", *(["--no-session"] if how == "option" else []))

    assert json.loads(found.stdout)["session_id"] is None
    assert stored() is None


def test_answer_is_given_if_it_cannot_be_stored(ask, fake, tmp_path) -> None:
    """One line says so, and the code is 0."""
    fake(Service("Blue."))
    (tmp_path / "data").write_text("a file")

    result = ask("Why?")

    assert (result.exit_code, result.stdout) == (0, "Blue.\n")
    assert result.stderr.startswith("Warning: the answer is not stored: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-c",), "there is no session yet"),
        (("--session", "x"), "there is no session 'x'"),
        (("-c", "--session", "x"), "leave out --session"),
        (("-c", "--no-session"), "--no-session stores nothing"),
    ],
)
def test_session_that_cannot_be_continued_is_2(ask, fake, arguments, message) -> None:
    """Nothing is sent if there is nothing to continue."""
    service = fake(Service("Blue."))

    result = ask("Why?", *arguments)

    assert result.exit_code == 2
    assert message in result.stderr
    assert service.calls == []


def test_damaged_sessions_are_2_before_anything_is_sent(ask, fake, tmp_path) -> None:
    """A session that cannot be read is not continued, and its file stays."""
    service = fake(Service("Blue."))
    (tmp_path / "data").mkdir(mode=0o700)
    path = tmp_path / "data" / "sessions.db"
    path.write_bytes(b"garbage" * 1000)
    path.chmod(0o600)

    result = ask("Why?", "-c")

    assert result.exit_code == 2
    assert service.calls == []
    assert path.read_bytes() == b"garbage" * 1000


def test_nothing_is_stored_if_nobody_answers(ask, fake, stored) -> None:
    """A failure is no turn."""
    fake(Service(ProviderOverloadedError("busy")))

    assert ask("Why?").exit_code == 4
    assert stored() is None


def test_cut_answer_is_kept_and_marked(ask, fake, stored, invoke) -> None:
    """What had arrived of an answer is a turn, marked as interrupted."""
    fake(Service(["Blu", StreamInterruptedError("cut")]))

    assert ask("Why?").exit_code == 8
    found = stored()
    assert found["messages"][1]["content"] == "Blu"
    assert "interrupted" in invoke("sessions", "show", found["id"]).stdout


def test_interrupted_answer_is_kept_and_marked(shell, router) -> None:
    """Ctrl-C in the midst of an answer keeps what had arrived, and exits with 130."""

    @router.chat
    def answer(exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("Blue light ")
        exchange.wait_until_closed()

    with shell.start("--provider", "hf", "Why?") as process:
        assert process.stdout.read(5) == "Blue "
        process.send_signal(signal.SIGINT)
        process.communicate()

    assert process.returncode == 130
    listed = json.loads(shell.run("sessions", "list", "--format", "json").stdout)["sessions"]
    shown = shell.run("sessions", "show", listed[0]["id"]).stdout
    assert "Blue light" in shown
    assert "interrupted" in shown


def test_older_turns_become_a_summary(ask, fake, settings, invoke) -> None:
    """Where the window is too small, one line says what was compacted, and the turns stay."""
    service = fake(Service("word " * 300, repeat=True))
    settings(context_window=1200)
    for number in range(3):
        ask(f"Question {number}?", *(["-c"] if number else []))

    result = ask("Last?", "-c")

    assert result.exit_code == 0
    assert "Compacted: a summary replaces" in result.stderr
    assert texts(service.calls[-1])[-1] == ("user", "Last?")
    listed = json.loads(invoke("sessions", "list", "--format", "json").stdout)["sessions"]
    assert listed[0]["turns"] == 4


class Small(Service):
    """Reads fewer tokens than its list of models would say."""

    async def answer(self, call):
        """Refuse what is too long."""
        if sum(len(message.text) for message in call.messages) > 8000:
            self.calls.append(call)
            raise ContextLengthError("2900 tokens are more than 2048")
        return await super().answer(call)


def test_conversation_that_a_service_finds_too_long_is_compacted(ask, fake) -> None:
    """The window was smaller than it was thought to be; the question is asked again."""
    service = fake(Small("word " * 1599, *["Blue."] * 9))
    ask("Why?")

    result = ask("And?", "-c")

    assert (result.exit_code, result.stdout) == (0, "Blue.\n")
    assert "Compacted: " in result.stderr
    assert texts(service.calls[-1])[-1] == ("user", "And?")


def test_question_that_is_too_long_is_not_asked_again(ask, fake) -> None:
    """Without older turns there is nothing to compact."""
    service = fake(Service(ContextLengthError("too long: 900 of 512 tokens"), "Blue."))

    assert ask("Why?").exit_code == 7
    assert len(service.calls) == 1


def hooks(settings, **events: str) -> None:
    """Write a hook per event: a Python program that gets ``data``."""
    begin = "import json, sys; data = json.load(sys.stdin); "
    found = {}
    for event, code in events.items():
        found |= setting(event, hook(python(begin + code)))
    settings(hooks=found)


def test_hook_denies_a_question(ask, fake, settings, stored) -> None:
    """Nothing is sent or stored, and the reason is told."""
    service = fake(Service("Blue."))
    code = "print(json.dumps({'decision': 'deny', 'reason': 'no secrets'}))"
    hooks(settings, UserPromptSubmit=code)

    result = ask("My password is x")

    assert result.exit_code == 7
    assert result.stderr == "Error: denied by a hook: no secrets\n"
    assert service.calls == []
    assert stored() is None


def test_hook_changes_the_prompt(ask, fake, settings) -> None:
    """The updated prompt is sent, followed by what is added."""
    service = fake(Service("Blue."))
    code = "print(json.dumps({'updated_prompt': 'Y?', 'additional_context': 'In German.'}))"
    hooks(settings, UserPromptSubmit=code)

    ask("Why?")

    assert texts(service.calls[0]) == [("user", "Y?\n\nIn German.")]


def test_hooks_are_told_in_order(ask, fake, settings, tmp_path) -> None:
    """Each event of a question is told once, with the session where it is known."""
    fake(Service("Blue."))
    log = tmp_path / "log"
    code = f"open({str(log)!r}, 'a').write(data['event'] + ' ')"
    names = [
        "SessionStart",
        "UserPromptSubmit",
        "PreRequest",
        "PostResponse",
        "SessionEnd",
        "Error",
    ]
    hooks(settings, **dict.fromkeys(names, code))

    ask("Why?")
    assert log.read_text().split() == names[:5]

    log.unlink()
    fake(Service(ProviderOverloadedError("busy")))
    ask("Why?")
    assert log.read_text().split() == [*names[:3], "Error", "SessionEnd"]


def test_no_hooks_runs_none(ask, fake, settings) -> None:
    """The option runs no hook."""
    fake(Service("Blue."))
    hooks(settings, UserPromptSubmit="sys.exit(2)")

    assert ask("Why?").exit_code == 7
    assert ask("Why?", "--no-hooks").exit_code == 0


def test_saved_prompt_is_filled_and_asked(ask, fake, tmp_path, settings) -> None:
    """A saved prompt gives text, system prompt and options; the command line wins."""
    service = fake(Service("Blue."))
    settings()
    folder = tmp_path / "settings" / "prompts"
    folder.mkdir(mode=0o700)
    (folder / "review.md").write_text(
        "---\nsystem: Be {{tone}}.\noptions:\n  seed: 5\n  temperature: 0\n"
        "params:\n  tone: kind\n---\nReview:\n{{input}}\n"
    )

    result = ask("-t", "review", "-p", "tone=harsh", "-o", "seed=6", "x = 1")

    assert result.exit_code == 0, result.stderr
    (call,) = service.calls
    assert texts(call) == [("system", "Be harsh."), ("user", "Review:\nx = 1")]
    assert (call.options["seed"], call.options["temperature"]) == (6, 0)


def test_project_forgets_its_own_sessions_only(ask, fake, settings, invoke, tmp_path, monkeypatch):
    """A project that is trusted keeps its sessions shorter, and no others."""
    fake(Service("Blue.", repeat=True))
    settings()
    work = tmp_path / "work"
    (work / ".ollama").mkdir(parents=True)
    (work / ".ollama" / "settings.json").write_text('{"retention_days": 0}')
    monkeypatch.chdir(tmp_path)
    ask("elsewhere")
    monkeypatch.chdir(work)
    ask("before")
    invoke("trust", "--yes")

    ask("after")

    listed = json.loads(invoke("sessions", "list", "--format", "json").stdout)["sessions"]
    assert [session["title"] for session in listed] == ["after", "elsewhere"]


def test_saved_prompt_may_ask_about_a_file_alone(ask, fake, tmp_path, settings) -> None:
    """A place for input may stay empty if a file is attached."""
    service = fake(Service("Blue."))
    settings()
    (tmp_path / "settings" / "prompts").mkdir(mode=0o700)
    (tmp_path / "settings" / "prompts" / "review.md").write_text("Review:\n{{input}}\n")
    (tmp_path / "a.txt").write_text("x = 1")

    result = ask("-t", "review", "-f", str(tmp_path / "a.txt"))

    assert result.exit_code == 0, result.stderr
    assert "x = 1" in texts(service.calls[0])[0][1]


def test_ambiguous_model_is_explained_with_verbose(fake, invoke, settings) -> None:
    """How a name with a slash was taken is told where details are."""
    fake(Service("Blue."))
    settings(provider="other")

    result = invoke("-m", "fake/some", "Why?", "-v")

    assert result.exit_code == 0, result.stderr
    assert "'fake/some' is taken for a model of fake" in result.stderr.splitlines()[0]


def test_budget_of_a_day_counts_earlier_questions(ask, fake, settings) -> None:
    """What other processes spent today counts, also without a session."""
    service = fake(Service("Blue.", repeat=True))
    settings(
        budgets={"day_usd": 0.000001}, prices={"fake-model": {"input": 1, "output": 1, "per": "1M"}}
    )
    assert ask("Why?", "--no-session").exit_code == 0

    result = ask("Why?")

    assert result.exit_code == 6
    assert "for the day is used up" in result.stderr
    assert len(service.calls) == 1


def test_budget_of_a_session_counts_its_earlier_turns(ask, fake, settings) -> None:
    """A session that goes on has spent what its turns cost, and a new one nothing."""
    fake(Service("Blue.", repeat=True))
    settings(
        budgets={"session_usd": 0.000001},
        prices={"fake-model": {"input": 1, "output": 1, "per": "1M"}},
    )
    ask("Why?")

    assert ask("Why?").exit_code == 0
    assert ask("And?", "-c").exit_code == 6


def test_answer_is_stored_although_it_cannot_be_written(shell, router) -> None:
    """A complete answer that was paid for is kept if standard output is full."""
    with Path("/dev/full").open("w") as full:
        result = shell.run("--provider", "hf", "--no-stream", "Why?", stdout=full)

    assert result.returncode == 1
    listed = json.loads(shell.run("sessions", "list", "--format", "json").stdout)["sessions"]
    assert [session["turns"] for session in listed] == [1]


def test_model_alone_does_not_leave_the_provider_of_a_session(ask, fake, invoke) -> None:
    """``-m`` names a model of who answered last."""
    service = fake(Service("Blue.", repeat=True))
    ask("Why?")

    assert invoke("-c", "-m", "small", "And?").exit_code == 0
    assert service.calls[1].model == "small"


def test_turn_that_cannot_be_read_is_2(ask, fake, tmp_path) -> None:
    """A damaged turn is found before anything is sent."""
    import sqlite3

    service = fake(Service("Blue.", repeat=True))
    ask("Why?")
    database = sqlite3.connect(tmp_path / "data" / "sessions.db")
    database.execute("UPDATE turns SET body = '{'")
    database.commit()
    database.close()

    assert ask("And?", "-c").exit_code == 2
    assert len(service.calls) == 1
