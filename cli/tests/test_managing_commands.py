"""The commands that manage models: pull, show, ps and rm."""

import json
import os
import pty

import pytest
from ollama_cli.commands.ps import shown_size
from provider_sdk import (
    ModelDetails,
    ProviderModelNotFoundError,
    ProviderUnavailableError,
    PullProgress,
    RunningModel,
)
from provider_sdk.testing import FakeProvider

from ._schemas import checked
from ._shell import TOKEN, finish

DETAILS = ModelDetails(
    "qwen3:8b",
    family="qwen3",
    parameter_size="8.2B",
    quantization="Q4_K_M",
    context_window=40_960,
    capabilities=("completion", "tools"),
    parameters="stop x\n",
    license="MIT \x1b[31mred",
    modified_at="2026-03-27T20:09:18Z",
)
RUNNING = [
    RunningModel("qwen3:8b", 5_200_000_000, 2_600_000_000, 8192, "2026-03-27T20:09:18Z"),
    RunningModel("\x1b[31mother"),
]
PROGRESS = [
    PullProgress("pulling manifest"),
    *(PullProgress("pulling \x1b[31m6a07", "sha256:6a07", done, 200) for done in (0, 10, 100, 200)),
    PullProgress("success"),
]


class Manager(FakeProvider):
    """Manages models as its test says."""

    def __init__(self, failure=None):
        super().__init__()
        self.failure = failure
        self.deleted: list[str] = []

    async def pull(self, model):
        """Report, then fail or end."""
        for progress in PROGRESS[: 2 if self.failure else None]:
            yield progress
        if self.failure:
            raise self.failure

    async def show(self, model):
        """Describe one model."""
        if self.failure:
            raise self.failure
        return DETAILS

    async def ps(self):
        """List two."""
        return RUNNING

    async def delete(self, model):
        """Remember it."""
        if self.failure:
            raise self.failure
        self.deleted.append(model)


@pytest.fixture
def managed(invoke, fake):
    """Run a command on a provider that manages models."""

    def run(*arguments, failure=None):
        fake(Manager(failure))
        return invoke(*arguments, "--provider", "fake")

    return run


def test_pull_shows_plain_lines_without_a_terminal(managed) -> None:
    """Standard error has a line for each status and each tenth of it, and no terminal escapes."""
    result = managed("pull", "qwen3")

    assert result.stdout == "qwen3: installed\n"
    assert result.stderr.splitlines() == [
        "pulling manifest",
        "pulling 6a07 0 %",
        "pulling 6a07 50 %",
        "pulling 6a07 100 %",
        "success",
    ]


def test_pull_as_json_is_one_object(managed) -> None:
    """With json the outcome is one object, and standard error stays empty."""
    result = managed("pull", "qwen3", "--format", "json")

    found = checked("pull", result.stdout)
    assert found == {"provider": "fake", "model": "qwen3", "status": "success"}
    assert result.stderr == ""


def test_pull_as_events_tells_its_progress(managed) -> None:
    """With stream-json each report is an event on standard output."""
    *events, last = managed("pull", "qwen3", "--format", "stream-json").stdout.splitlines()

    assert [checked("pull", event) for event in events] == [
        {
            "type": "progress",
            **progress.to_dict(),
            "status": progress.status.replace("\x1b[31m", ""),
        }
        for progress in PROGRESS
    ]
    assert checked("pull", last) == {
        "type": "finish",
        "provider": "fake",
        "model": "qwen3",
        "status": "success",
    }


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ProviderModelNotFoundError("pull model manifest: file does not exist"), 5),
        (ProviderUnavailableError("gone"), 4),
    ],
)
@pytest.mark.parametrize("command", ["pull", "show", "rm"])
def test_a_failure_has_its_code(managed, command, failure, code) -> None:
    """The error is one line after the progress, and the exit code its own."""
    result = managed(command, "qwen3", failure=failure)

    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert failure.message in result.stderr


def test_show_is_a_fact_a_line(managed) -> None:
    """What is known of the model, each with its name."""
    assert managed("show", "qwen3").stdout == (
        "model\tqwen3:8b\n"
        "family\tqwen3\n"
        "parameters\t8.2B\n"
        "quantization\tQ4_K_M\n"
        "context window\t40960 tokens\n"
        "capabilities\tcompletion, tools\n"
        "modified\t2026-03-27T20:09:18Z\n"
    )


def test_verbose_show_has_the_long_texts(managed) -> None:
    """With -v settings and licence follow, without terminal escapes unless they are wanted."""
    shown = managed("show", "qwen3", "-v").stdout

    assert shown.endswith("\nsettings:\nstop x\n\nlicence:\nMIT red\n")
    assert "\x1b[31m" in managed("show", "qwen3", "-v", "--raw").stdout


def test_show_as_json_has_all_that_is_known(managed) -> None:
    """The object names the provider and holds every field."""
    found = checked("show", managed("show", "qwen3", "--format", "json").stdout)

    facts = DETAILS.to_dict() | {"capabilities": ["completion", "tools"]}
    assert found == {"provider": "fake", "model": facts | {"license": "MIT red"}}


@pytest.mark.parametrize("command", [("show", "qwen3"), ("ps",)])
def test_raw_json_keeps_escapes(managed, command) -> None:
    """With --raw the values are those of the service."""
    raw = managed(*command, "--format", "json", "--raw").stdout

    assert "\\u001b[31m" in raw
    assert "u001b" not in managed(*command, "--format", "json").stdout


def test_ps_is_a_model_a_line(managed) -> None:
    """Size, share on the graphics card, context and end, as far as they are known."""
    assert managed("ps").stdout == (
        "qwen3:8b\t5.2 GB\t50% on GPU\t8192 tokens\tuntil 2026-03-27T20:09:18Z\nother\n"
    )


def test_ps_as_json_has_all_that_is_known(managed) -> None:
    """The object lists every field of each model."""
    found = checked("ps", managed("ps", "--format", "json").stdout)

    first, second = (model.to_dict() for model in RUNNING)
    assert found == {"provider": "fake", "models": [first, second | {"id": "other"}]}


def test_rm_removes_the_model(invoke, fake) -> None:
    """The model that was named is removed, and the result says so."""
    manager = fake(Manager())

    result = invoke("rm", "qwen3", "--provider", "fake")

    assert (result.stdout, manager.deleted) == ("qwen3: removed\n", ["qwen3"])


def test_rm_as_json_is_one_object(managed) -> None:
    """With json the outcome is one object."""
    found = checked("rm", managed("rm", "qwen3", "--format", "json").stdout)

    assert found == {"provider": "fake", "model": "qwen3", "status": "success"}


@pytest.mark.parametrize(
    ("arguments", "removed"),
    [
        (("fake/qwen3",), "qwen3"),
        (("mine",), "qwen3:8b"),
        (("mine", "--provider", "fake"), "qwen3:8b"),
        (("fake/qwen3", "--provider", "fake"), "fake/qwen3"),
        (("org/qwen3", "--provider", "fake"), "org/qwen3"),
    ],
    ids=" ".join,
)
def test_the_model_may_be_an_alias_or_name_its_provider(
    invoke, fake, settings, arguments, removed
) -> None:
    """As with -m; beside --provider it is a whole id."""
    manager = fake(Manager())
    settings(aliases={"mine": "fake/qwen3:8b"})

    result = invoke("rm", *arguments, "--format", "json")

    assert manager.deleted == [removed]
    assert checked("rm", result.stdout)["model"] == removed


@pytest.mark.parametrize("command", [("pull", "m"), ("show", "m"), ("rm", "m"), ("ps",)])
def test_a_provider_without_models_to_manage_says_so(invoke, fake, command) -> None:
    """One sentence, exit code 2, and nothing else happens."""
    fake(FakeProvider())

    result = invoke(*command, "--provider", "fake")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "Error: provider 'fake' does not manage models; name one that does, such as "
        "--provider ollama\n"
    )


@pytest.mark.parametrize("command", ["pull", "show", "rm"])
def test_a_command_needs_its_model(managed, command) -> None:
    """Without a model it is a usage error, and nothing is asked."""
    result = managed(command)

    assert result.exit_code == 2
    assert "MODEL" in result.stderr


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (5.2e9, "5.2 GB"), (1e18, "1000000.0 TB")],
)
def test_sizes_are_for_people(size, shown) -> None:
    """Bytes are shown in the largest unit that fits."""
    assert shown_size(size) == shown


def pulling(exchange) -> None:
    """Report a download as Ollama does, with escapes and an echoed key."""
    reports = [
        {"status": "pulling \x1b[31mmanifest"},
        {"status": f"pulling {exchange.headers['authorization']}", "total": 4, "completed": 2},
        {"status": "success"},
    ]
    lines = "".join(json.dumps(report) + "\n" for report in reports)
    exchange.reply(200, lines, "application/x-ndjson")


@pytest.fixture
def ollama(shell, router):
    """Run a command of a process on Ollama, played on a socket."""
    router.scripts["/api/pull"] = pulling

    def start(*arguments, **streams):
        variables = {"OLLAMA_HOST": router.url, "OLLAMA_API_KEY": TOKEN}
        return shell.start(*arguments, "--provider", "ollama", **streams, **variables)

    return start


def test_pull_of_ollama_shows_neither_escapes_nor_the_key(ollama) -> None:
    """A process pulls from a real socket; what the service echoes is harmless."""
    result = finish(ollama("pull", "qwen3"))

    assert (result.returncode, result.stdout) == (0, "qwen3: installed\n")
    assert result.stderr.startswith("pulling manifest\npulling Bearer ")
    assert result.stderr.endswith(" 50 %\nsuccess\n")


def test_progress_on_a_terminal_is_one_line_that_goes_away(ollama) -> None:
    """Each status replaces the one before, and at the end the line is empty."""
    ours, theirs = pty.openpty()
    with ollama("pull", "qwen3", stderr=theirs) as process:
        result = finish(process)
    shown = os.read(ours, 9999).decode()
    os.close(ours)
    os.close(theirs)

    assert result.stdout == "qwen3: installed\n"
    assert shown.startswith("\r\x1b[Kpulling manifest\r\x1b[Kpulling ")
    assert shown.endswith("\r\x1b[Ksuccess\r\x1b[K")
    assert TOKEN not in shown


def test_a_model_that_is_missing_is_named(ollama, router) -> None:
    """The exit code is that of a missing model, and the hint is how to see the others."""
    router.scripts["/api/show"] = lambda exchange: exchange.reply(
        404, {"error": "model 'qwen3' not found"}
    )

    result = finish(ollama("show", "qwen3"))

    assert result.returncode == 5
    assert "model 'qwen3' not found" in result.stderr


def test_rm_of_ollama_sends_one_request(ollama, router) -> None:
    """The model is named in the body of a DELETE."""
    router.scripts["/api/delete"] = lambda exchange: exchange.reply(200, "")

    result = finish(ollama("rm", "qwen3"))

    assert result.stdout == "qwen3: removed\n"
    assert [(e.command, e.body) for e in router.exchanges] == [("DELETE", {"model": "qwen3"})]


def test_pull_help_promises_what_the_timeout_does(invoke) -> None:
    """The help speaks of reports, not of answers that stream."""
    text = " ".join(invoke("pull", "--help").stdout.split())

    assert "each of its next reports" in text
    assert "60 seconds" not in text
