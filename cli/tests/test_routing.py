"""A question that names no provider, and one that does, on their way through the router."""

import json
from typing import ClassVar

import pytest
from ollama_cli.asking.call import Watcher
from ollama_cli.choosing.last_route import last_route
from ollama_cli.processes.streams import OutputError
from ollama_cli.terminal.json_renderers import EventRenderer
from provider_sdk import (
    ObservedAttempt,
    ProviderAuthError,
    ProviderOverloadedError,
    ProviderRateLimitError,
    ProviderRequestError,
    Route,
    StreamInterruptedError,
)
from provider_sdk.testing import FakeProvider


class Other(FakeProvider):
    name = "other"


class WithoutStreams(FakeProvider):
    capabilities = frozenset({"system"})


class WithoutTools(FakeProvider):
    capabilities = FakeProvider.capabilities - {"tools"}


class Here(FakeProvider):
    """Its model runs in this process."""

    local: ClassVar[bool] = True


BUSY = ProviderOverloadedError("busy", status=503)
TOOLS = '[{"type": "function", "function": {"name": "look_up", "parameters": {}}}]'


@pytest.fixture
def chain(fake, settings):
    """Ask ``fake``, then ``other``; return both."""

    def chain(first=None, second=None, **more):
        settings(**{"fallback_chain": ["fake", "other"], **more})
        return fake(first or FakeProvider("Blue.")), fake(second or Other("Red."), "other")

    return chain


@pytest.fixture
def ask_json(invoke):
    """Ask, and return the object that ``--format json`` writes."""

    def ask_json(*arguments):
        result = invoke("Why?", "--format", "json", *arguments)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    return ask_json


# Who is asked.


def test_first_of_the_chain_answers(invoke, chain) -> None:
    """Without a name the first of the chain is asked, and nobody else."""
    _, other = chain()

    result = invoke("Why?")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "Blue.\n", "")
    assert other.calls == []


def test_next_of_the_chain_answers(invoke, chain) -> None:
    """If one cannot answer, the next does, and one line says so and why."""
    chain(FakeProvider(BUSY))

    result = invoke("Why?")

    assert (result.exit_code, result.stdout) == (0, "Red.\n")
    assert result.stderr == "Fallback: fake did not answer, so other is asked (busy)\n"


@pytest.mark.parametrize("place", ["option", "variable", "setting", "task"])
def test_named_provider_is_never_replaced(invoke, chain, monkeypatch, place) -> None:
    """Wherever it was named, its error is the answer."""
    more = {"setting": {"provider": "fake"}, "task": {"tasks": {"agent": {"provider": "fake"}}}}
    _, other = chain(FakeProvider(BUSY), **more.get(place, {}))
    if place == "variable":
        monkeypatch.setenv("OLLAMA_CLI_PROVIDER", "fake")

    result = invoke("Why?", *(["--provider", "fake"] if place == "option" else []))

    assert (result.exit_code, result.stderr) == (4, "Error: busy\n")
    assert other.calls == []


def test_task_has_its_own_provider_and_model(invoke, chain, monkeypatch) -> None:
    """``--task`` asks the provider and the model that are set for it."""
    _, other = chain(tasks={"coding": {"provider": "other", "model": "of-settings"}})

    assert invoke("Why?", "--task", "coding").stdout == "Red.\n"
    assert other.calls[0].model == "of-settings"


def test_task_has_its_own_variables(invoke, chain, monkeypatch) -> None:
    """The variables of a task count before ``OLLAMA_CLI_PROVIDER``."""
    _, other = chain()
    monkeypatch.setenv("OLLAMA_CLI_PROVIDER", "fake")
    monkeypatch.setenv("OLLAMA_CLI_CODING_PROVIDER", "other")
    monkeypatch.setenv("OLLAMA_CLI_CODING_MODEL", "of-variable")

    assert invoke("--task", "coding", "Why?").stdout == "Red.\n"
    assert other.calls[0].model == "of-variable"


def test_model_is_for_the_first_alone(invoke, chain) -> None:
    """A fallback answers with its own default model."""
    fake, other = chain(FakeProvider(BUSY))

    assert invoke("Why?", "-m", "org/mine").exit_code == 0
    assert (fake.calls[0].model, other.calls[0].model) == ("org/mine", "fake-model")


def test_default_of_streaming_passes_nobody_over(invoke, chain) -> None:
    """One that cannot stream answers whole, if streaming was not asked for."""
    fake, _ = chain(WithoutStreams("Blue."))

    assert invoke("Why?").stdout == "Blue.\n"
    assert fake.calls[0].stream is False


def test_default_of_streaming_passes_no_fallback_over(invoke, chain) -> None:
    """Nor is a later one passed over, which is not needed yet when the first is asked."""
    chain(FakeProvider(BUSY), WithoutStreams("Red."))

    assert invoke("Why?").stdout == "Red.\n"


def test_streaming_that_was_asked_for_decides(invoke, chain) -> None:
    """With ``--stream`` one that cannot is not asked."""
    fake, _ = chain(WithoutStreams("Blue."))

    assert invoke("Why?", "--stream").stdout == "Red.\n"
    assert fake.calls == []


def test_who_cannot_is_not_asked(ask_json, chain) -> None:
    """What a question needs is known before it is sent, and the route tells."""
    fake, _ = chain(WithoutTools("Blue."))

    route = ask_json("-o", f"tools={TOOLS}")["route"]

    assert fake.calls == []
    assert [attempt["outcome"] for attempt in route["attempts"]] == ["skipped", "answered"]
    assert route["attempts"][0]["error"]["type"] == "UnsupportedCapabilityError"


@pytest.mark.parametrize("arguments", [(), ("--provider", "fake")])
def test_timeout_is_that_of_the_call(invoke, chain, arguments) -> None:
    """``--timeout`` reaches the provider; half of it while another could be asked."""
    fake, _ = chain()
    invoke("Why?", "--timeout", "20", *arguments)

    timeout = fake.calls[0].options["timeout"]
    assert timeout == pytest.approx(20 if arguments else 10, abs=0.5)


def test_timeout_of_the_option_o_is_nearer(invoke, chain) -> None:
    """``-o timeout`` is for the answer alone, and counts before ``--timeout``."""
    fake, _ = chain()
    invoke("--provider", "fake", "Why?", "--timeout", "20", "-o", "timeout=7")

    assert fake.calls[0].options["timeout"] == pytest.approx(7, abs=0.5)


# What is told of it.


def test_json_has_the_route(ask_json, chain) -> None:
    """The object says who answered, and what became of everybody before."""
    chain(FakeProvider(BUSY))

    found = ask_json()

    assert (found["provider"], found["model"]) == ("other", "fake-model")
    assert found["route"]["provider"] == "other"
    first, second = found["route"]["attempts"]
    assert (first["provider"], first["outcome"]) == ("fake", "failed")
    assert first["error"] == {"type": "ProviderOverloadedError", "message": "busy"}
    assert (second["provider"], second["outcome"], second["error"]) == ("other", "answered", None)


@pytest.mark.parametrize("output_format", ["json", "stream-json"])
def test_fallback_is_a_line_of_json(invoke, chain, output_format) -> None:
    """With JSON standard error has an object per fallback, if there is an answer."""
    chain(FakeProvider(BUSY))

    result = invoke("Why?", "--format", output_format)

    assert json.loads(result.stderr) == {
        "type": "fallback",
        "provider": "fake",
        "model": "fake-model",
        "error": {"type": "ProviderOverloadedError", "message": "busy"},
        "to": "other",
        "message": "fake did not answer, so other is asked",
    }


def test_fallback_is_an_event(invoke, chain) -> None:
    """A stream of events tells it before the start."""
    chain(FakeProvider(BUSY))

    result = invoke("Why?", "--format", "stream-json")
    fallback, start, *_ = map(json.loads, result.stdout.splitlines())

    assert fallback == json.loads(result.stderr)
    assert start == {
        "type": "start",
        "schema": "ollama-cli/1",
        "provider": "other",
        "model": "fake-model",
    }


def test_leaving_the_machine_is_told_once(invoke, chain) -> None:
    """One line says that the question leaves, and no warning repeats it."""
    chain(Here(BUSY))

    result = invoke("Why?")

    assert result.stderr == (
        "Fallback: fake did not answer, so the conversation leaves your own machines: other is "
        "asked (busy)\n"
    )


def test_reason_says_whose_it_is(invoke, chain) -> None:
    """If two did not answer, the line names the local one, and has the reason of the other."""
    near = {"base_url": "http://127.0.0.1:9/v1", "local": True, "default_model": "m"}
    names = ["near", "fake", "other"]
    chain(FakeProvider(BUSY), fallback_chain=names, providers={"near": near})

    last = invoke("Why?").stderr.splitlines()[-1]

    assert last == (
        "Fallback: near did not answer, so the conversation leaves your own machines: other is "
        "asked (fake: busy)"
    )


def test_leaving_the_machine_is_a_warning_in_json(ask_json, chain) -> None:
    """The object has it among its warnings."""
    chain(Here(BUSY))

    (warning,) = ask_json()["warnings"]
    assert "leaves your own machines: other is asked" in warning


def test_fallback_is_one_line(invoke, chain) -> None:
    """Whatever the reason says, it neither steers the terminal nor begins another line."""
    chain(FakeProvider(ProviderOverloadedError("\x1b[31mbusy\nFallback: none\n" + "x" * 10_000)))

    stderr = invoke("Why?").stderr

    assert stderr.count("\n") == 1
    assert "\x1b" not in stderr
    assert len(stderr) < 500


@pytest.mark.parametrize("output_format", ["json", "stream-json"])
def test_fallback_in_json_is_clean(invoke, chain, output_format) -> None:
    """The reason has no escapes, in an event or on standard error."""
    chain(FakeProvider(ProviderOverloadedError("\x1b[31mbusy"), default_model="m\u202e"))

    result = invoke("Why?", "--format", output_format)

    assert "\\u001b" not in result.output
    assert "\\u202e" not in result.output


def test_fallback_that_cannot_be_shown_ends_the_question() -> None:
    """Also if what follows it could be shown again: no event is left out in silence."""

    class FullForAMoment(EventRenderer):
        def fallback(self, attempt, error, to, note):
            """Fail as a disk does that is full."""
            raise OutputError("the result cannot be written: full")

    watcher = Watcher(FullForAMoment(raw=False))
    watcher.fallback(ObservedAttempt("fake", "m", [], {}, stream=True), BUSY, "other", "note")

    with pytest.raises(OutputError, match="full"):
        watcher.start(Route("other", "m"))


# Nobody can answer.


def test_all_failed_is_4(invoke, chain) -> None:
    """One line names everybody and the reason of each; fallbacks were told before."""
    chain(FakeProvider(BUSY), Other(ProviderRateLimitError("slow down")))

    result = invoke("Why?")
    *_, error = result.stderr.splitlines()

    assert (result.exit_code, result.stdout) == (4, "")
    assert error == (
        "Error: no provider could answer: fake: busy; other: slow down. Mend the cause of one of "
        "them, or name another provider."
    )


@pytest.mark.parametrize("output_format", ["json", "stream-json"])
def test_all_failed_is_one_object(invoke, chain, output_format) -> None:
    """With JSON standard error holds the error alone."""
    chain(FakeProvider(BUSY), Other(BUSY))

    result = invoke("Why?", "--format", output_format)

    assert result.exit_code == 4
    assert json.loads(result.stderr)["error"]["type"] == "AllProvidersFailedError"


def test_error_of_the_question_ends_the_chain(invoke, chain) -> None:
    """A rejected request is not sent to others."""
    _, other = chain(FakeProvider(ProviderRequestError("too long")))

    result = invoke("Why?")

    assert (result.exit_code, result.stderr) == (7, "Error: too long\n")
    assert other.calls == []


@pytest.mark.parametrize("flag", ["--stream", "--format=stream-json"])
def test_answer_that_has_begun_is_not_replaced(invoke, chain, flag) -> None:
    """What arrived is shown, the error follows, and nobody else is asked."""
    _, other = chain(FakeProvider(["Bl", StreamInterruptedError("cut")]))

    result = invoke("Why?", flag)

    assert result.exit_code == 8
    assert "Bl" in result.stdout
    assert "cut" in result.stderr
    assert other.calls == []


def test_partial_answer_of_a_fallback_is_shown(invoke, chain) -> None:
    """A fallback that breaks shows what it had, too."""
    chain(FakeProvider(BUSY), Other(["Re", StreamInterruptedError("cut")]))

    result = invoke("Why?")

    assert (result.exit_code, result.stdout) == (8, "Re\n")
    assert result.stderr.splitlines()[1] == "Error: cut"


def test_exceeded_budget_is_6(invoke, chain) -> None:
    """A limit of the settings refuses before anything is sent, and asks nobody else."""
    fake, other = chain(budgets={"day_usd": 1, "unpriced": "refuse"})

    result = invoke("Why?")

    assert result.exit_code == 6
    assert result.stderr.count("\n") == 1
    assert "budget" in result.stderr
    assert fake.calls == other.calls == []


def test_empty_chain_is_4(invoke, settings) -> None:
    """A chain without anybody says so, and how to go on."""
    settings(fallback_chain=[])

    result = invoke("Why?")

    assert result.exit_code == 4
    assert result.stderr == (
        "Error: there is no provider to ask: the fallback chain is empty. Install a provider of "
        "the chain, set fallback_chain, or name a provider.\n"
    )


@pytest.mark.parametrize(
    ("variable", "more", "source"),
    [
        ("OLLAMA_CLI_PROVIDER", {}, "It is named by OLLAMA_CLI_PROVIDER."),
        ("OLLAMA_CLI_AGENT_PROVIDER", {}, "It is named by OLLAMA_CLI_AGENT_PROVIDER."),
        (None, {"provider": "nobody"}, "It is named by the setting 'provider'."),
        (
            None,
            {"tasks": {"agent": {"provider": "nobody"}}},
            "It is named by the setting 'tasks.agent.provider'.",
        ),
        (None, {"fallback_chain": ["fake", "nobody"]}, "(from the setting fallback_chain)"),
    ],
)
@pytest.mark.parametrize("output_format", ["text", "json"])
def test_unknown_name_is_2(
    invoke, chain, monkeypatch, variable, more, source, output_format
) -> None:
    """Wherever a name is wrong, the error says where, and nobody is asked."""
    fake, other = chain(**more)
    if variable:
        monkeypatch.setenv(variable, "nobody")

    result = invoke("Why?", "--format", output_format)

    assert result.exit_code == 2
    assert "no provider is called 'nobody'" in result.stderr
    assert source in result.stderr
    assert fake.calls == other.calls == []


def test_unknown_name_of_the_option_needs_no_place(invoke) -> None:
    """Who has just typed it knows where."""
    result = invoke("Why?", "--provider", "nobody")

    assert result.exit_code == 2
    assert "It is named by" not in result.stderr


@pytest.mark.parametrize("task", ["embedding", "poetry", ""])
def test_unknown_task_is_2(invoke, chain, task) -> None:
    """Only the three tasks exist."""
    fake, _ = chain()

    result = invoke("Why?", "--task", task)

    assert result.exit_code == 2
    assert "'coding', 'agent', 'subagent'" in result.stderr
    assert fake.calls == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "line 1, column 2"),
        ('{"modle": "m"}', "did you mean 'model'"),
        ('{"fallback_chain": "hf"}', "fallback_chain must be a list"),
        ('{"tasks": {"poetry": {}}}', "the task 'poetry' is unknown"),
        ('{"budgets": {"day": 1}}', "budgets: unknown key 'day'"),
        ('{"providers": {"x": {"base_url": 5}}}', "base_url"),
    ],
)
@pytest.mark.parametrize("arguments", [(), ("--provider", "fake")])
def test_broken_settings_are_2(invoke, fake, settings, content, problem, arguments) -> None:
    """One line names the file and what is wrong with it; nothing is sent to anybody."""
    service = fake(FakeProvider("Blue."))
    path = settings()
    path.write_text(content)

    result = invoke("Why?", *arguments)

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {path}: ")
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1
    assert service.calls == []


def test_wrong_name_is_told_before_the_prompt_is_read(invoke) -> None:
    """Who is named wrongly need not type a prompt first."""
    result = invoke("--provider", "nobody", input=b"\xff")

    assert "no provider is called 'nobody'" in result.stderr


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_ignored_settings_are_a_line(invoke, chain, settings, output_format) -> None:
    """Settings that others could have written do not count, and a line says so."""
    fake, _ = chain()
    path = settings(provider="other")
    path.chmod(0o666)

    result = invoke("Why?", "--provider", "fake", "--format", output_format)

    assert (result.exit_code, len(fake.calls)) == (0, 1)
    assert result.stderr.count("\n") == 1
    assert "is ignored, because others can write to it" in result.stderr


# Local alone.


def test_local_only_refuses_a_named_one(invoke, chain) -> None:
    """A provider elsewhere is not asked, whoever named it, and the setting is named."""
    _, other = chain(Here("Blue."), local_only=True)

    result = invoke("Why?", "--provider", "other")

    assert result.exit_code == 2
    assert "local_only" in result.stderr
    assert other.calls == []


# What is remembered for ``why``.


def outcomes() -> list[tuple[str, str]]:
    """Return what became of each candidate of the remembered route."""
    found = last_route()
    assert found is not None
    return [(attempt["provider"], attempt["outcome"]) for attempt in found["attempts"]]


def test_route_is_remembered(invoke, chain) -> None:
    """After an answer, who gave it and who did not."""
    chain(FakeProvider(BUSY))
    invoke("Why?", "--task", "coding")

    found = last_route()
    assert found is not None
    assert (found["task"], found["provider"]) == ("coding", "other")
    assert outcomes() == [("fake", "failed"), ("other", "answered")]


def test_named_provider_is_remembered_too(invoke, chain) -> None:
    """A route of one is a route."""
    chain()
    invoke("Why?", "--provider", "fake")

    assert outcomes() == [("fake", "answered")]


def test_failure_of_all_is_remembered(invoke, chain) -> None:
    """Also who was not even asked."""
    chain(FakeProvider(ProviderAuthError("no")), Other(BUSY))
    invoke("Why?")

    assert outcomes() == [("fake", "failed"), ("other", "failed")]


@pytest.mark.parametrize(
    "reply", [ProviderRequestError("too long"), ["Bl", StreamInterruptedError("cut")]]
)
def test_error_that_ends_the_chain_is_remembered(invoke, chain, reply) -> None:
    """A rejected request and a broken stream are the last route, without an answer."""
    chain(FakeProvider(BUSY), Other(reply))
    invoke("Why?")

    assert outcomes() == [("fake", "failed"), ("other", "failed")]


def test_what_was_refused_is_not_remembered(invoke, chain) -> None:
    """A call that reached nobody leaves the last route as it was."""
    chain(budgets={"unpriced": "refuse"})
    invoke("Why?")

    assert last_route() is None


def test_neither_prompt_nor_answer_is_remembered(invoke, chain, tmp_path) -> None:
    """The file holds nothing of the conversation, also if an error repeats it."""
    chain(FakeProvider(ProviderOverloadedError("canary-error")), Other("canary-answer"))
    invoke("canary-prompt", "--system", "canary-system", "-o", 'extra_headers={"x": "canary-key"}')

    found = (tmp_path / "data" / "last_route.json").read_text()
    assert "other" in found
    assert "canary" not in found


def test_route_that_cannot_be_remembered_changes_nothing(invoke, chain, tmp_path) -> None:
    """The answer is there and the code is 0; only -v tells."""
    chain(lambda **_: FakeProvider("Blue."))
    (tmp_path / "data").write_text("a file")

    quiet, verbose = (invoke("Why?", "--no-session", *more) for more in ([], ["-v"]))

    assert (quiet.exit_code, quiet.stdout, quiet.stderr) == (0, "Blue.\n", "")
    assert (verbose.exit_code, verbose.stdout) == (0, "Blue.\n")
    assert "Warning: the route is not remembered for 'why': " in verbose.stderr


def test_route_that_cannot_be_remembered_is_told_in_json(invoke, chain, tmp_path) -> None:
    """With JSON standard error has no line of another form."""
    chain()
    (tmp_path / "data").write_text("a file")

    told = invoke("Why?", "-v", "--format", "json").stderr.splitlines()

    found = [json.loads(line) for line in told]
    assert {each["type"] for each in found} == {"warning"}
    assert [each for each in found if "not remembered" in each["message"]]
